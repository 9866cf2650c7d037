package jflannel.cloud.aws;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.http.CloudHttp;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.ServiceMetadata;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/// Calls to the [EC2 query API](https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html). Region and
/// credentials come from Amazon's default chains, and its library signs; the whole service client would be twenty times
/// as large as the rest.
final class Ec2 implements AutoCloseable {
    private static final String VERSION = "2016-11-15";
    /// The HTTP client sets these.
    private static final Set<String> BY_CLIENT = Set.of("host", "content-length");

    private static final int LONGEST = 300;

    private final CloudHttp http;
    private final DefaultCredentialsProvider credentials;
    private final Optional<WebIdentity> webIdentity;
    private final String region;
    private final URI url;
    private final AwsV4HttpSigner signer = AwsV4HttpSigner.create();

    /// What EC2 answered.
    sealed interface Reply {
        record Done(Xml answer) implements Reply {}

        /// @param code of the error, for programs
        record Refused(String action, int status, String code, String message) implements Reply {
            CloudException failure(String words) {
                Fault fault = fault();
                String what = "ec2:" + action + words;
                return new CloudException(
                        fault,
                        switch (fault) {
                            case PERMISSION -> "the credentials do not permit " + what;
                            case CREDENTIALS ->
                                what + ": EC2 does not accept the credentials: " + code + ": " + message;
                            default -> what + ": " + code + ": " + message;
                        });
            }

            private Fault fault() {
                return switch (code) {
                    case "AuthFailure",
                            "InvalidClientTokenId",
                            "UnrecognizedClientException",
                            "SignatureDoesNotMatch",
                            "RequestExpired",
                            "ExpiredToken",
                            "MissingAuthenticationToken",
                            "PendingVerification",
                            "OptInRequired" -> Fault.CREDENTIALS;
                    case "UnauthorizedOperation", "AccessDenied" -> Fault.PERMISSION;
                    case "RouteLimitExceeded" -> Fault.QUOTA;
                    case "RequestLimitExceeded", "Throttling", "ThrottlingException" -> Fault.THROTTLED;
                    default -> status == 429 || status == 503 ? Fault.THROTTLED : Fault.FAILED;
                };
            }
        }
    }

    private Ec2(
            CloudHttp http,
            DefaultCredentialsProvider credentials,
            Optional<WebIdentity> webIdentity,
            String region,
            URI url) {
        this.http = http;
        this.credentials = credentials;
        this.webIdentity = webIdentity;
        this.region = region;
        this.url = url;
    }

    /// @param endpoint instead of the region's
    static Ec2 of(CloudHttp http, Optional<String> endpoint) throws CloudException {
        return of(http, endpoint, System.getenv());
    }

    static Ec2 of(CloudHttp http, Optional<String> endpoint, Map<String, String> environment) throws CloudException {
        try {
            String region =
                    DefaultAwsRegionProviderChain.builder().build().getRegion().id();
            String url = endpoint.or(() -> Optional.ofNullable(environment.get("AWS_ENDPOINT_URL_EC2")))
                    .or(() -> Optional.ofNullable(environment.get("AWS_ENDPOINT_URL")))
                    .orElseGet(() -> usual("ec2", region));
            Optional<WebIdentity> webIdentity = WebIdentity.of(http, environment, usual("sts", region));
            DefaultCredentialsProvider credentials =
                    DefaultCredentialsProvider.builder().build();
            return new Ec2(http, credentials, webIdentity, region, URI.create(url.replaceFirst("/*$", "/")));
        } catch (SdkException e) {
            throw new CloudException(Fault.FAILED, "no region is known: " + e.getMessage(), e);
        }
    }

    private static String usual(String service, String region) {
        return "https://" + ServiceMetadata.of(service).endpointFor(Region.of(region));
    }

    /// @param words what it is about, for messages: ` on rtb-1`
    Xml call(String action, Map<String, String> parameters, String words) throws CloudException, InterruptedException {
        return switch (ask(action, parameters)) {
            case Reply.Done(Xml answer) -> answer;
            case Reply.Refused refused -> throw refused.failure(words);
        };
    }

    /// The same, for who knows what to do about a refusal.
    Reply ask(String action, Map<String, String> parameters) throws CloudException, InterruptedException {
        String form = Stream.concat(
                        Stream.of(Map.entry("Action", action), Map.entry("Version", VERSION)),
                        parameters.entrySet().stream().sorted(Map.Entry.comparingByKey()))
                .map(each -> each.getKey() + "=" + URLEncoder.encode(each.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
        CloudHttp.Answer answer = http.send("ec2:" + action, signed(form));
        try {
            Xml xml = Xml.parse(answer.body());
            return answer.isGood() ? new Reply.Done(xml) : refused(action, answer.status(), xml);
        } catch (IllegalArgumentException e) {
            if (answer.isGood()) {
                throw new CloudException(Fault.FAILED, "ec2:" + action + ": " + e.getMessage(), e);
            }
            return new Reply.Refused(action, answer.status(), "HTTP status " + answer.status(), "no reason given");
        }
    }

    private static Reply.Refused refused(String action, int status, Xml xml) {
        Xml error = xml.find("Errors").flatMap(errors -> errors.find("Error")).orElse(xml);
        // what follows is a long cipher
        String message = error.text("Message").replaceFirst("\\s*Encoded authorization failure message:.*", "");
        return new Reply.Refused(
                action,
                status,
                error.text("Code"),
                message.length() > LONGEST ? message.substring(0, LONGEST) + "…" : message);
    }

    private HttpRequest.Builder signed(String form) throws CloudException, InterruptedException {
        SdkHttpRequest plain = SdkHttpRequest.builder()
                .method(SdkHttpMethod.POST)
                .uri(url)
                .putHeader("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
                .build();
        AwsCredentials identity = identity();
        SdkHttpRequest signed = signer.sign(request -> request.identity(identity)
                        .request(plain)
                        .payload(ContentStreamProvider.fromUtf8String(form))
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, "ec2")
                        .putProperty(AwsV4HttpSigner.REGION_NAME, region))
                .request();
        HttpRequest.Builder request = HttpRequest.newBuilder(url).POST(BodyPublishers.ofString(form));
        signed.forEachHeader((name, values) -> {
            if (!BY_CLIENT.contains(name.toLowerCase(java.util.Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        return request;
    }

    private AwsCredentials identity() throws CloudException, InterruptedException {
        if (webIdentity.isPresent()) {
            return webIdentity.get().get();
        }
        try {
            return credentials.resolveCredentials();
        } catch (SdkException e) {
            throw new CloudException(
                    Fault.CREDENTIALS,
                    "there are no credentials: the instance has no role, and neither environment nor profile has keys",
                    e);
        }
    }

    @Override
    public void close() {
        credentials.close();
        http.close();
    }
}
