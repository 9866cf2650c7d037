package jflannel.cloud.http;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.DesiredCloudRoutes.Place;
import jflannel.ip.Family;

/// The metadata service of a virtual machine, as Amazon made it first and others have it too: a tree of texts by HTTP.
/// Where it gives out tokens, none is asked without one: whoever can make this machine fetch a URL, but not set its
/// headers, gets nothing.
public final class InstanceMetadata {
    private static final String INTERFACES = "network/interfaces/macs/";

    private final CloudHttp http;
    private final String url;
    private final Dialect dialect;
    private String token = "";

    /// How a vendor's differs.
    ///
    /// @param token what its headers for tokens start with; empty if it has none
    /// @param ipv4 below an interface, the list of its IPv4 addresses
    /// @param ipv6 likewise
    public record Dialect(String token, String ipv4, String ipv6) {}

    public InstanceMetadata(CloudHttp http, String url, Dialect dialect) {
        this.http = http;
        this.url = url.replaceFirst("/+$", "");
        this.dialect = dialect;
    }

    /// The folder of this instance's interface at that place: `network/interfaces/macs/02:…/`.
    public String interfaceAt(Place place) throws CloudException, InterruptedException {
        List<String> macs =
                get(INTERFACES).lines().map(mac -> mac.replaceFirst("/$", "")).toList();
        String own = place.mac().map(Object::toString).orElse("");
        for (String mac : macs) {
            if (mac.toLowerCase(Locale.ROOT).equals(own)) {
                return INTERFACES + mac + "/";
            }
        }
        // the device may be a bridge or a bond with another MAC address
        String addresses = place.address().family() == Family.IPV4 ? dialect.ipv4() : dialect.ipv6();
        for (String mac : macs) {
            String[] listed = find(INTERFACES + mac + "/" + addresses).split("[^0-9a-fA-F.:]+");
            if (Arrays.asList(listed).contains(place.address().toString())) {
                return INTERFACES + mac + "/";
            }
        }
        throw new CloudException(
                Fault.FAILED, "the instance has no network interface with " + own + " or " + place.address());
    }

    /// @param path below `latest/meta-data/`
    public String get(String path) throws CloudException, InterruptedException {
        return good(path, request(path));
    }

    /// Empty if there is no such thing.
    public String find(String path) throws CloudException, InterruptedException {
        CloudHttp.Answer answer = http.send("instance metadata", request(path));
        return answer.isGood() ? answer.body().strip() : "";
    }

    private HttpRequest.Builder request(String path) throws CloudException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + "/latest/meta-data/" + path));
        return dialect.token().isEmpty() ? request : request.header(dialect.token(), token());
    }

    private String token() throws CloudException, InterruptedException {
        if (token.isEmpty()) {
            token = good(
                    "the token",
                    HttpRequest.newBuilder(URI.create(url + "/latest/api/token"))
                            .header(dialect.token() + "-ttl-seconds", "300")
                            .PUT(BodyPublishers.noBody()));
        }
        return token;
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
