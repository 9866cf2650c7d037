package jflannel.lab.cloud;

import java.util.Optional;
import jflannel.ip.Family;

/// The metadata service of Alibaba's machines: without a token it answers nothing.
final class AliMetadata {
    private static final String GIVEN = "metadata-token";

    private final AliStandIn cloud;

    AliMetadata(AliStandIn cloud) {
        this.cloud = cloud;
    }

    CloudReply answer(CloudRequest request) {
        String path = request.path().replaceFirst("^(/machine-\\d+)?/latest/", "");
        if (path.equals("api/token")) {
            boolean valid = request.method().equals("PUT")
                    && request.header("X-aliyun-ecs-metadata-token-ttl-seconds").matches("\\d+");
            return valid ? CloudReply.text(GIVEN) : CloudReply.nothing(400);
        }
        if (!request.header("X-aliyun-ecs-metadata-token").equals(GIVEN)) {
            return CloudReply.nothing(403);
        }
        String item = path.replaceFirst("^meta-data/", "");
        return role(item)
                .or(() -> cloud.asking(request).flatMap(machine -> text(machine, item)))
                .map(CloudReply::text)
                .orElseGet(() -> CloudReply.nothing(404));
    }

    /// All machines have the same one.
    private static Optional<String> role(String item) {
        return switch (item) {
            case "ram/security-credentials/" -> Optional.of("flannel");
            case "ram/security-credentials/flannel" ->
                Optional.of("""
                    {"AccessKeyId":"%s","AccessKeySecret":"%s","Expiration":"2099-01-01T00:00:00Z",\
                    "SecurityToken":"%s","LastUpdated":"2026-01-01T00:00:00Z","Code":"Success"}\
                    """.formatted(AliStandIn.KEY_ID, AliStandIn.SECRET, AliStandIn.TOKEN));
            default -> Optional.empty();
        };
    }

    private Optional<String> text(Machine machine, String path) {
        String folder = "network/interfaces/macs/" + machine.mac() + "/";
        return switch (path.replace(folder, "own/")) {
            case "region-id" -> Optional.of(AliStandIn.REGION);
            case "instance-id" -> Optional.of(AliStandIn.instance(machine));
            case "mac" -> Optional.of(cloud.isSecondary(machine) ? "00:16:3e:00:00:99" : machine.mac());
            case "network/interfaces/macs/" -> Optional.of("00:16:3e:00:00:99/\n" + machine.mac() + "/");
            case "own/vpc-id" -> Optional.of(AliStandIn.VPC);
            case "own/vswitch-id" -> Optional.of(AliStandIn.SWITCH);
            case "own/network-interface-id" -> Optional.of("eni-" + machine.number());
            case "own/private-ipv4s" ->
                Optional.ofNullable(machine.addresses().get(Family.IPV4)).map(ip -> "[\"" + ip + "\"]");
            case "own/ipv6s" ->
                Optional.ofNullable(machine.addresses().get(Family.IPV6)).map(ip -> "[" + ip + "]");
            default -> Optional.empty();
        };
    }
}
