package jflannel.lab.cloud;

import java.util.Optional;
import jflannel.ip.Family;

/// The metadata service of Tencent's machines, which knows no tokens.
final class TencentMetadata {
    private final TencentStandIn cloud;

    TencentMetadata(TencentStandIn cloud) {
        this.cloud = cloud;
    }

    CloudReply answer(CloudRequest request) {
        String path = request.path().replaceFirst("^(/machine-\\d+)?/latest/meta-data/", "");
        return cloud.asking(request)
                .flatMap(machine -> text(machine, path))
                .map(CloudReply::text)
                .orElseGet(() -> CloudReply.nothing(404));
    }

    private static Optional<String> text(Machine machine, String path) {
        String folder = "network/interfaces/macs/" + machine.mac() + "/";
        return switch (path.replace(folder, "own/")) {
            case "placement/region" -> Optional.of(TencentStandIn.REGION);
            case "cam/security-credentials/" -> Optional.of("flannel");
            case "cam/security-credentials/flannel" ->
                Optional.of("""
                    {"TmpSecretId":"%s","TmpSecretKey":"%s","ExpiredTime":4102444800,\
                    "Expiration":"2100-01-01T00:00:00Z","Token":"%s","Code":"Success"}\
                    """.formatted(TencentStandIn.KEY_ID, TencentStandIn.SECRET, TencentStandIn.TOKEN));
            case "network/interfaces/macs/" -> Optional.of("52:54:00:00:00:99/\n" + machine.mac() + "/");
            case "own/vpc-id" -> Optional.of(TencentStandIn.VPC);
            case "own/subnet-id" -> Optional.of(TencentStandIn.SUBNET);
            case "own/local-ipv4s/" -> Optional.of(machine.addresses().get(Family.IPV4) + "/");
            default -> Optional.empty();
        };
    }
}
