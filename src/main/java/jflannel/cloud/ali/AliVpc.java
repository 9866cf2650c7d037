package jflannel.cloud.ali;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.aliyun.credentials.Client;
import com.aliyun.credentials.exception.CredentialException;
import com.aliyun.credentials.http.MethodType;
import com.aliyun.credentials.models.CredentialModel;
import com.aliyun.credentials.provider.StaticCredentialsProvider;
import com.aliyun.credentials.utils.ParameterHelper;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.http.ApiAnswer;
import jflannel.cloud.http.CloudHttp;
import jflannel.cloud.http.Fields;
import jflannel.lease.CloudKeys;
import jflannel.lease.NetworkConfig;

/// Calls to [Alibaba's VPC
/// API](https://www.alibabacloud.com/help/en/vpc/developer-reference/api-vpc-2016-04-28-overview).
/// Its library for credentials finds them and signs, by the signature for RPC of version 1: the newer one takes another
/// library and a cryptographic one of eight megabytes.
final class AliVpc implements AutoCloseable {
    private static final String VERSION = "2016-04-28";
    /// Something else is being changed in this VPC, which takes one change at a time.
    private static final Set<String> BUSY = Set.of(
            "TaskConflict",
            "OperationConflict",
            "IncorrectRouteEntryStatus",
            "IncorrectVpcStatus",
            "LastTokenProcessing",
            "ServiceUnavailable",
            "SystemBusy");

    private final CloudHttp http;
    private final URI url;
    private final String region;
    private final Client credentials;

    private AliVpc(CloudHttp http, URI url, String region, Client credentials) {
        this.http = http;
        this.url = url;
        this.region = region;
        this.credentials = credentials;
    }

    static AliVpc of(CloudHttp http, Optional<String> endpoint, String region, NetworkConfig network)
            throws CloudException {
        String id = network.option(CloudKeys.ACCESS_KEY_ID);
        String secret = network.option(CloudKeys.ACCESS_KEY_SECRET);
        if (id.isEmpty()) { // as Go flannel took them
            id = System.getenv().getOrDefault("ACCESS_KEY_ID", "");
            secret = System.getenv().getOrDefault("ACCESS_KEY_SECRET", "");
        }
        Client client = id.isEmpty()
                ? new Client()
                : new Client(StaticCredentialsProvider.builder()
                        .credential(CredentialModel.builder()
                                .accessKeyId(id)
                                .accessKeySecret(secret)
                                .type("access_key")
                                .build())
                        .build());
        return of(http, endpoint, region, client);
    }

    static AliVpc of(CloudHttp http, Optional<String> endpoint, String region, Client credentials) {
        String url = endpoint.orElse("https://vpc." + region + ".aliyuncs.com");
        return new AliVpc(http, URI.create(url.replaceFirst("/*$", "/")), region, credentials);
    }

    ApiAnswer ask(String action, Map<String, String> parameters) throws CloudException, InterruptedException {
        String what = "vpc:" + action;
        CloudHttp.Answer answer = http.send(what, signed(action, parameters));
        Optional<Fields> fields = Fields.parse(answer.body());
        if (answer.isGood() && fields.isPresent()) {
            return ApiAnswer.done(what, fields.get());
        }
        String code =
                fields.map(it -> it.text("Code")).filter(it -> !it.isEmpty()).orElse("HTTP status " + answer.status());
        String message = fields.map(it -> it.text("Message")).orElse("no reason given");
        return ApiAnswer.refused(what, fault(code, answer.status()), code, message);
    }

    private static Fault fault(String code, int status) {
        String kind = code.replaceFirst("\\..*", "");
        if (BUSY.contains(code) || kind.equals("Throttling") || kind.equals("IncorrectStatus") || status == 503) {
            return Fault.THROTTLED;
        }
        return switch (kind) {
            case "NoPermission", "UnauthorizedOperation", "Forbbiden" -> Fault.PERMISSION;
            case "Forbidden" ->
                code.equals("Forbidden") || code.equals("Forbidden.RAM") ? Fault.PERMISSION : Fault.FAILED;
            case "InvalidAccessKeyId",
                    "InvalidAccessKeySecret",
                    "SignatureDoesNotMatch",
                    "IncompleteSignature",
                    "InvalidSecurityToken",
                    "InvalidTimeStamp",
                    "MissingSecurityToken" -> Fault.CREDENTIALS;
            case "QuotaExceeded" -> Fault.QUOTA;
            default -> Fault.FAILED;
        };
    }

    /// [The signature for RPC](https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism).
    private HttpRequest.Builder signed(String action, Map<String, String> parameters) throws CloudException {
        CredentialModel key = key();
        Map<String, String> form = new TreeMap<>(parameters);
        form.put("Action", action);
        form.put("Version", VERSION);
        form.put("Format", "JSON");
        form.put("RegionId", region);
        form.put("AccessKeyId", key.getAccessKeyId());
        form.put("SignatureMethod", "HMAC-SHA1");
        form.put("SignatureVersion", "1.0");
        form.put("SignatureNonce", UUID.randomUUID().toString());
        form.put("Timestamp", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        if (key.getSecurityToken() != null && !key.getSecurityToken().isEmpty()) {
            form.put("SecurityToken", key.getSecurityToken());
        }
        ParameterHelper signer = new ParameterHelper();
        form.put(
                "Signature",
                signer.signString(signer.composeStringToSign(MethodType.POST, form), key.getAccessKeySecret() + "&"));
        String body = form.entrySet().stream()
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
        return HttpRequest.newBuilder(url)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(body));
    }

    /// A library that is left out, for roles of Kubernetes' service accounts, shows as an error.
    private CredentialModel key() throws CloudException {
        try {
            CredentialModel key = credentials.getCredential();
            if (key != null && key.getAccessKeyId() != null && key.getAccessKeySecret() != null) {
                return key;
            }
            throw new CredentialException("none");
        } catch (RuntimeException | LinkageError e) {
            throw new CloudException(
                    Fault.CREDENTIALS,
                    "there are no credentials: the instance has no role, and neither the network configuration, the"
                            + " environment nor a profile has keys",
                    e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
