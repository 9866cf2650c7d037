package jflannel.lab.cloud;

import java.util.Optional;
import jflannel.ip.Family;

/// The instance metadata service of EC2, version 2: without a token it answers nothing.
final class AwsMetadata {
    static final String ACCESS_KEY = "ASIASTANDIN";
    static final String SECRET_KEY = "a secret/of+the=stand-in";
    static final String SESSION = "session-token-of-the-stand-in";

    private static final String TOKEN = "metadata-token";

    private final AwsStandIn cloud;

    AwsMetadata(AwsStandIn cloud) {
        this.cloud = cloud;
    }

    static boolean isOurs(CloudRequest request) {
        return request.path().matches("(/machine-\\d+)?/latest/.*");
    }

    CloudReply answer(CloudRequest request) {
        String path = request.path().replaceFirst("^(/machine-\\d+)?/latest/", "");
        if (path.equals("api/token")) {
            return request.method().equals("PUT")
                            && request.header("X-aws-ec2-metadata-token-ttl-seconds")
                                    .matches("\\d+")
                    ? CloudReply.text(TOKEN)
                    : CloudReply.nothing(400);
        }
        if (!request.header("X-aws-ec2-metadata-token").equals(TOKEN)) {
            return CloudReply.nothing(401);
        }
        return cloud.asking(request)
                .flatMap(it -> text(it, path))
                .map(CloudReply::text)
                .orElseGet(() -> CloudReply.nothing(404));
    }

    private static Optional<String> text(Machine machine, String path) {
        String folder = "meta-data/network/interfaces/macs/" + machine.mac() + "/";
        return switch (path) {
            case "meta-data/iam/security-credentials/" -> Optional.of("flannel");
            case "meta-data/iam/security-credentials/flannel" ->
                Optional.of("""
                    {"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2026-01-01T00:00:00Z",\
                    "AccessKeyId":"%s","SecretAccessKey":"%s","Token":"%s","Expiration":"2099-01-01T00:00:00Z"}\
                    """.formatted(ACCESS_KEY, SECRET_KEY, SESSION));
            case "dynamic/instance-identity/document" ->
                Optional.of("{\"region\":\"" + AwsStandIn.REGION + "\",\"instanceId\":\"i-" + machine.number() + "\"}");
            case "meta-data/network/interfaces/macs/" -> Optional.of("02:00:00:00:00:99/\n" + machine.mac() + "/");
            default ->
                path.startsWith(folder) ? ofInterface(machine, path.substring(folder.length())) : Optional.empty();
        };
    }

    private static Optional<String> ofInterface(Machine machine, String field) {
        return switch (field) {
            case "interface-id" -> Optional.of(AwsStandIn.eni(machine));
            case "subnet-id" -> Optional.of(AwsStandIn.SUBNET);
            case "vpc-id" -> Optional.of(AwsStandIn.VPC);
            case "local-ipv4s" ->
                Optional.ofNullable(machine.addresses().get(Family.IPV4)).map(Object::toString);
            case "ipv6s" ->
                Optional.ofNullable(machine.addresses().get(Family.IPV6)).map(Object::toString);
            default -> Optional.empty();
        };
    }
}
