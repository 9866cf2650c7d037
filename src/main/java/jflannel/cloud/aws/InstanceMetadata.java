package jflannel.cloud.aws;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.DesiredCloudRoutes.Place;
import jflannel.cloud.http.CloudHttp;
import jflannel.ip.Family;
import software.amazon.awssdk.core.SdkSystemSetting;

/// The instance metadata service, version 2 only: whoever can make this machine fetch a URL, but not set its headers,
/// gets nothing out of version 2.
final class InstanceMetadata {
    private static final String INTERFACES = "network/interfaces/macs/";

    static {
        // for the credentials and the region, which Amazon's library asks for
        System.setProperty(SdkSystemSetting.AWS_EC2_METADATA_V1_DISABLED.property(), "true");
    }

    private final CloudHttp http;
    private final String url;

    InstanceMetadata(CloudHttp http) {
        this(http, SdkSystemSetting.AWS_EC2_METADATA_SERVICE_ENDPOINT.getStringValueOrThrow());
    }

    InstanceMetadata(CloudHttp http, String url) {
        this.http = http;
        this.url = url.replaceFirst("/+$", "");
    }

    /// The interface of this instance at that place.
    NetworkInterface networkInterface(Place place) throws CloudException, InterruptedException {
        String token = token();
        List<String> macs = get(INTERFACES, token)
                .lines()
                .map(mac -> mac.replaceFirst("/$", ""))
                .toList();
        String own = place.mac().map(Object::toString).orElse("");
        if (macs.contains(own)) {
            return networkInterface(own, token);
        }
        // the device may be a bridge or a bond with another MAC address
        String addresses = place.address().family() == Family.IPV4 ? "/local-ipv4s" : "/ipv6s";
        for (String mac : macs) {
            if (find(INTERFACES + mac + addresses, token)
                    .lines()
                    .anyMatch(place.address().toString()::equals)) {
                return networkInterface(mac, token);
            }
        }
        throw new CloudException(
                Fault.FAILED, "the instance has no network interface with " + own + " or " + place.address());
    }

    private NetworkInterface networkInterface(String mac, String token) throws CloudException, InterruptedException {
        String folder = INTERFACES + mac + "/";
        return new NetworkInterface(
                get(folder + "interface-id", token), get(folder + "subnet-id", token), get(folder + "vpc-id", token));
    }

    private String token() throws CloudException, InterruptedException {
        return good(
                "the token",
                HttpRequest.newBuilder(URI.create(url + "/latest/api/token"))
                        .header("X-aws-ec2-metadata-token-ttl-seconds", "300")
                        .PUT(BodyPublishers.noBody()));
    }

    private String get(String path, String token) throws CloudException, InterruptedException {
        return good(path, request(path, token));
    }

    /// Empty if there is no such thing.
    private String find(String path, String token) throws CloudException, InterruptedException {
        CloudHttp.Answer answer = http.send(path, request(path, token));
        return answer.isGood() ? answer.body() : "";
    }

    private HttpRequest.Builder request(String path, String token) {
        return HttpRequest.newBuilder(URI.create(url + "/latest/meta-data/" + path))
                .header("X-aws-ec2-metadata-token", token);
    }

    private String good(String what, HttpRequest.Builder request) throws CloudException, InterruptedException {
        CloudHttp.Answer answer = http.send("instance metadata", request);
        if (!answer.isGood()) {
            throw new CloudException(
                    Fault.FAILED,
                    "the instance metadata service refuses %s with HTTP status %d; a container needs a hop limit of 2 or the"
                                    .formatted(what, answer.status())
                            + " host's network");
        }
        return answer.body().strip();
    }
}
