package jflannel.cloud.gce;

import java.net.URI;
import java.net.http.HttpRequest;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.DesiredCloudRoutes.Place;
import jflannel.cloud.http.CloudHttp;
import jflannel.cloud.http.Fields;
import jflannel.ip.Family;

/// The metadata server. It answers only requests with a header that a browser, or a program that is made to fetch
/// a URL, does not send.
record GceMetadata(CloudHttp http, String url) {
    Instance instance(Collection<Place> places) throws CloudException, InterruptedException {
        String answer = get("instance/?recursive=true");
        Fields instance = Fields.parse(answer)
                .orElseThrow(
                        () -> new CloudException(Fault.FAILED, "the metadata server answers something else than JSON"));
        List<Fields> interfaces = instance.all("networkInterfaces").toList();
        Fields own = interfaces.stream()
                .filter(each -> places.stream().anyMatch(place -> isAt(each, place)))
                .findFirst()
                .orElseThrow(() -> new CloudException(
                        Fault.FAILED, "the instance has no network interface with the MAC or IP address of " + places));
        String network = own.text("network"); // projects/NUMBER/networks/NAME
        String project = get("project/project-id");
        boolean shared = !network.startsWith("projects/" + get("project/numeric-project-id") + "/");
        Map<Family, String> addresses = new EnumMap<>(Family.class);
        places.forEach(
                place -> addresses.put(place.address().family(), place.address().toString()));
        return new Instance(
                project,
                last(instance.text("zone")),
                instance.text("name"),
                shared ? network.split("/")[1] : project,
                last(network),
                addresses);
    }

    private static boolean isAt(Fields networkInterface, Place place) {
        boolean byMac = place.mac()
                .filter(mac -> mac.toString().equalsIgnoreCase(networkInterface.text("mac")))
                .isPresent();
        String address = place.address().toString();
        return byMac
                || Stream.of(networkInterface.text("ip")).anyMatch(address::equals)
                || networkInterface.json().get("ipv6s") instanceof List<?> all && all.contains(address);
    }

    /// What follows the last slash.
    static String last(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    private String get(String path) throws CloudException, InterruptedException {
        CloudHttp.Answer answer = http.send(
                "metadata",
                HttpRequest.newBuilder(URI.create(url + "/computeMetadata/v1/" + path))
                        .header("Metadata-Flavor", "Google"));
        if (!answer.isGood()) {
            throw new CloudException(
                    Fault.FAILED,
                    "the metadata server refuses %s with HTTP status %d".formatted(path, answer.status()));
        }
        return answer.body().strip();
    }
}
