package jflannel.lab.cloud;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.json.Json;

/// The metadata server of Compute Engine: without its header it answers nothing.
final class GceMetadataServer {
    private final GceStandIn cloud;

    GceMetadataServer(GceStandIn cloud) {
        this.cloud = cloud;
    }

    CloudReply answer(CloudRequest request) {
        if (!request.header("Metadata-Flavor").equals("Google")) {
            return CloudReply.nothing(403);
        }
        String path = request.path().replaceFirst("^/machine-\\d+", "");
        return switch (path) {
            case "/", "" -> CloudReply.text("computeMetadata/");
            case "/computeMetadata/v1/project/numeric-project-id" -> CloudReply.text("1");
            case "/computeMetadata/v1/project/project-id" -> CloudReply.text(GceStandIn.PROJECT);
            case "/computeMetadata/v1/instance/" ->
                cloud.asking(request)
                        .map(machine -> CloudReply.json(200, Json.compact(json(machine))))
                        .orElseGet(() -> CloudReply.nothing(404));
            case "/computeMetadata/v1/instance/service-accounts/default/token" ->
                CloudReply.json(
                        200,
                        "{\"access_token\":\"" + GceStandIn.TOKEN
                                + "\",\"expires_in\":3599,\"token_type\":\"Bearer\"}");
            default -> CloudReply.nothing(404);
        };
    }

    private Map<String, Object> json(Machine machine) {
        Map<String, Object> other =
                Map.of("mac", "42:01:00:00:00:99", "ip", "192.0.2.99", "network", "projects/1/networks/other");
        Map<String, Object> own = new LinkedHashMap<>();
        own.put("mac", machine.mac());
        Optional.ofNullable(machine.addresses().get(Family.IPV4)).ifPresent(ip -> own.put("ip", ip.toString()));
        own.put(
                "network",
                "projects/" + (cloud.isShared() ? GceStandIn.HOST : "1") + "/networks/" + GceStandIn.NETWORK);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", GceStandIn.name(machine.number()));
        json.put("zone", "projects/1/zones/" + GceStandIn.ZONE);
        json.put("networkInterfaces", List.of(other, own));
        return json;
    }
}
