package jflannel.cloud.tencent;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.tencentcloudapi.common.Credential;
import com.tencentcloudapi.common.Sign;
import com.tencentcloudapi.common.exception.TencentCloudSDKException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.http.ApiAnswer;
import jflannel.cloud.http.CloudHttp;
import jflannel.cloud.http.Fields;
import jflannel.json.Json;

/// Calls to [Tencent's VPC API](https://www.tencentcloud.com/document/api/215/15689). Its library computes the
/// signatures' parts; what would put them together there also sends, by an HTTP client of three megabytes that
/// knows no time limit of ours.
final class TencentVpc implements AutoCloseable {
    private static final String USUAL = "https://vpc.tencentcloudapi.com";
    private static final String VERSION = "2017-03-12";
    private static final String ALGORITHM = "TC3-HMAC-SHA256";
    private static final String SIGNED = "content-type;host";

    private final CloudHttp http;
    private final URI url;
    private final String region;
    private final TencentKeys keys;

    TencentVpc(CloudHttp http, Optional<String> endpoint, String region, TencentKeys keys) {
        this.http = http;
        this.url = URI.create(endpoint.orElse(USUAL).replaceFirst("/*$", "/"));
        this.region = region;
        this.keys = keys;
    }

    ApiAnswer ask(String action, Map<String, Object> parameters) throws CloudException, InterruptedException {
        String what = "vpc:" + action;
        CloudHttp.Answer answer = http.send(what, signed(action, Json.compact(parameters)));
        Optional<Fields> response = Fields.parse(answer.body())
                .map(fields -> fields.object("Response"))
                .filter(it -> !it.isEmpty());
        if (response.isEmpty()) {
            return ApiAnswer.refused(what, Fault.FAILED, "HTTP status " + answer.status(), "no reason given");
        }
        Fields error = response.get().object("Error");
        String code = error.text("Code");
        return error.isEmpty()
                ? ApiAnswer.done(what, response.get())
                : ApiAnswer.refused(what, fault(code), code, error.text("Message"));
    }

    private static Fault fault(String code) {
        String kind = code.replaceFirst("\\..*", "");
        return switch (kind) {
            case "UnauthorizedOperation" -> Fault.PERMISSION;
            case "AuthFailure" ->
                code.equals("AuthFailure.UnauthorizedOperation") ? Fault.PERMISSION : Fault.CREDENTIALS;
            case "RequestLimitExceeded" -> Fault.THROTTLED;
            case "LimitExceeded" -> Fault.QUOTA;
            default -> Fault.FAILED;
        };
    }

    /// [The signature, version 3](https://www.tencentcloud.com/document/api/215/31574).
    private HttpRequest.Builder signed(String action, String body) throws CloudException, InterruptedException {
        Credential key = keys.get();
        Instant now = Instant.now();
        String date = now.atZone(ZoneOffset.UTC).toLocalDate().toString();
        String scope = date + "/vpc/tc3_request";
        String type = "application/json";
        try {
            String canonical = "POST\n/\n\ncontent-type:%s\nhost:%s\n\n%s\n%s"
                    .formatted(type, url.getAuthority(), SIGNED, Sign.sha256Hex(body.getBytes(UTF_8)));
            String toSign = "%s\n%d\n%s\n%s"
                    .formatted(ALGORITHM, now.getEpochSecond(), scope, Sign.sha256Hex(canonical.getBytes(UTF_8)));
            byte[] signing = ("TC3" + key.getSecretKey()).getBytes(UTF_8);
            for (String part : scope.split("/")) {
                signing = Sign.hmac256(signing, part);
            }
            String signature = HexFormat.of().formatHex(Sign.hmac256(signing, toSign));
            HttpRequest.Builder request = HttpRequest.newBuilder(url)
                    .POST(BodyPublishers.ofString(body))
                    .header("Content-Type", type)
                    .header("X-TC-Action", action)
                    .header("X-TC-Version", VERSION)
                    .header("X-TC-Region", region)
                    .header("X-TC-Timestamp", String.valueOf(now.getEpochSecond()))
                    .header(
                            "Authorization",
                            "%s Credential=%s/%s, SignedHeaders=%s, Signature=%s"
                                    .formatted(ALGORITHM, key.getSecretId(), scope, SIGNED, signature));
            return key.getToken() == null || key.getToken().isEmpty()
                    ? request
                    : request.header("X-TC-Token", key.getToken());
        } catch (TencentCloudSDKException e) {
            throw new CloudException(Fault.CREDENTIALS, "the request cannot be signed", e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
