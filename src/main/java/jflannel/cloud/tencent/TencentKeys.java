package jflannel.cloud.tencent;

import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import com.tencentcloudapi.common.provider.EnvironmentVariableCredentialsProvider;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.http.Fields;
import jflannel.cloud.http.InstanceMetadata;
import jflannel.lease.CloudKeys;
import jflannel.lease.NetworkConfig;

/// The keys of calls: from the network configuration, the environment as Tencent's library reads it or as Go flannel
/// did, or the instance's role. For the role there is code here: the library's asks an address that cannot be changed,
/// and waits for the answer without end.
final class TencentKeys {
    /// Before a role's keys end, new ones are asked for.
    private static final Duration EARLY = Duration.ofMinutes(5);

    private static final String ROLES = "cam/security-credentials/";

    private final InstanceMetadata metadata;
    private final Optional<Credential> lasting;
    private Credential ofRole;
    private Instant end = Instant.EPOCH;

    TencentKeys(NetworkConfig network, InstanceMetadata metadata) {
        this.metadata = metadata;
        this.lasting = pair(network.option(CloudKeys.ACCESS_KEY_ID), network.option(CloudKeys.ACCESS_KEY_SECRET))
                .or(TencentKeys::ofEnvironment)
                .or(() -> pair(System.getenv("ACCESS_KEY_ID"), System.getenv("ACCESS_KEY_SECRET")));
    }

    private static Optional<Credential> pair(String id, String secret) {
        return id == null || id.isEmpty() || secret == null || secret.isEmpty()
                ? Optional.empty()
                : Optional.of(new Credential(id, secret));
    }

    private static Optional<Credential> ofEnvironment() {
        try {
            return Optional.of(new EnvironmentVariableCredentialsProvider().getCredentials());
        } catch (TencentCloudSDKException e) {
            return Optional.empty(); // no such variables
        }
    }

    Credential get() throws CloudException, InterruptedException {
        if (lasting.isPresent()) {
            return lasting.get();
        }
        if (Instant.now().isAfter(end.minus(EARLY))) {
            ask();
        }
        return ofRole;
    }

    private void ask() throws CloudException, InterruptedException {
        String role = metadata.find(ROLES).lines().findFirst().orElse("").strip();
        Fields answer = role.isEmpty()
                ? Fields.NONE
                : Fields.parse(metadata.find(ROLES + role)).orElse(Fields.NONE);
        if (!answer.text("Code").equals("Success")) {
            throw new CloudException(
                    Fault.CREDENTIALS,
                    "there are no credentials: the instance has no role, and neither the network configuration nor the"
                            + " environment has keys");
        }
        ofRole = new Credential(answer.text("TmpSecretId"), answer.text("TmpSecretKey"), answer.text("Token"));
        end = Instant.ofEpochSecond((long) answer.number("ExpiredTime"));
    }
}
