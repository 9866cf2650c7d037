package jflannel.cloud.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.http.CloudHttp;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;

/// The keys of a role that a token of another issuer stands for, such as that of a Kubernetes service account (IRSA).
/// Amazon's library leaves this to its client for STS, which is three times as large as all else of it that is used;
/// it is one request that is not signed.
final class WebIdentity {
    /// Before keys end, new ones are asked for.
    private static final Duration EARLY = Duration.ofMinutes(5);

    private final CloudHttp http;
    private final URI url;
    private final String role;
    private final Path token;
    private final String session;
    private AwsCredentials keys;
    private Instant end = Instant.EPOCH;

    private WebIdentity(CloudHttp http, URI url, String role, Path token, String session) {
        this.http = http;
        this.url = url;
        this.role = role;
        this.token = token;
        this.session = session;
    }

    /// Empty if the environment names none, or has keys, which come first as in Amazon's chain.
    ///
    /// @param usual where STS is in this region
    static Optional<WebIdentity> of(CloudHttp http, Map<String, String> environment, String usual) {
        String role = environment.getOrDefault("AWS_ROLE_ARN", "");
        String file = environment.getOrDefault("AWS_WEB_IDENTITY_TOKEN_FILE", "");
        if (role.isEmpty() || file.isEmpty() || environment.containsKey("AWS_ACCESS_KEY_ID")) {
            return Optional.empty();
        }
        String url = environment.getOrDefault("AWS_ENDPOINT_URL_STS", usual).replaceFirst("/*$", "/");
        String session = environment.getOrDefault("AWS_ROLE_SESSION_NAME", "flanneld");
        return Optional.of(new WebIdentity(http, URI.create(url), role, Path.of(file), session));
    }

    AwsCredentials get() throws CloudException, InterruptedException {
        if (Instant.now().isAfter(end.minus(EARLY))) {
            ask();
        }
        return keys;
    }

    /// The token is read each time: it is replaced before it ends.
    private void ask() throws CloudException, InterruptedException {
        Map<String, String> form = new TreeMap<>(Map.of(
                "Action",
                "AssumeRoleWithWebIdentity",
                "Version",
                "2011-06-15",
                "RoleArn",
                role,
                "RoleSessionName",
                session,
                "WebIdentityToken",
                token()));
        String body = form.entrySet().stream()
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
        CloudHttp.Answer answer = http.send(
                "sts:AssumeRoleWithWebIdentity",
                HttpRequest.newBuilder(url)
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .POST(BodyPublishers.ofString(body)));
        Xml found = credentials(answer)
                .orElseThrow(() -> new CloudException(
                        Fault.CREDENTIALS,
                        "sts:AssumeRoleWithWebIdentity: STS gives no credentials for %s: HTTP status %d"
                                .formatted(role, answer.status())));
        keys = AwsSessionCredentials.create(
                found.text("AccessKeyId"), found.text("SecretAccessKey"), found.text("SessionToken"));
        end = Instant.parse(found.text("Expiration"));
    }

    private static Optional<Xml> credentials(CloudHttp.Answer answer) {
        try {
            return Optional.of(answer)
                    .filter(CloudHttp.Answer::isGood)
                    .map(it -> Xml.parse(it.body()))
                    .flatMap(it -> it.find("AssumeRoleWithWebIdentityResult"))
                    .flatMap(it -> it.find("Credentials"));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private String token() throws CloudException {
        try {
            return Files.readString(token).strip();
        } catch (IOException e) {
            throw new CloudException(Fault.CREDENTIALS, "the web identity token in " + token + " cannot be read", e);
        }
    }
}
