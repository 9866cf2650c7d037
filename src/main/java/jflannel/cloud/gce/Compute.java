package jflannel.cloud.gce;

import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.http.CloudHttp;
import jflannel.cloud.http.Fields;

/// Calls to the [Compute Engine API](https://cloud.google.com/compute/docs/reference/rest/v1). Google's library
/// finds the credentials and keeps the token fresh.
final class Compute implements AutoCloseable {
    private static final String USUAL = "https://compute.googleapis.com";
    private static final String SCOPE = "https://www.googleapis.com/auth/compute";
    /// Google answers a wait for an operation after two minutes at most.
    private static final Duration PATIENCE = Duration.ofSeconds(130);

    private static final Set<String> TOO_MANY =
            Set.of("rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED", "resourceExhausted");

    private static final int LONGEST = 300;

    private final CloudHttp http;
    private final String url;
    private final GoogleCredentials credentials;

    /// What the API answered, or refused.
    ///
    /// @param status of HTTP
    record Reply(String action, int status, Fields answer) {
        boolean isGood() {
            return status / 100 == 2;
        }

        CloudException failure() {
            Fields error = answer.object("error");
            String reason =
                    error.all("errors").findFirst().map(it -> it.text("reason")).orElse("");
            String message = error.text("message");
            return Compute.failure(action, status, reason, message.isEmpty() ? "HTTP status " + status : message);
        }
    }

    Compute(CloudHttp http, Optional<String> endpoint, GoogleCredentials credentials) {
        this.http = http;
        this.url = endpoint.orElse(USUAL).replaceFirst("/+$", "") + "/compute/v1/";
        this.credentials = credentials.createScoped(SCOPE);
    }

    private static CloudException failure(String action, int status, String reason, String message) {
        Fault fault = status == 429 || TOO_MANY.contains(reason)
                ? Fault.THROTTLED
                : reason.equalsIgnoreCase("quotaExceeded") || reason.equals("QUOTA_EXCEEDED")
                        ? Fault.QUOTA
                        : status == 401 ? Fault.CREDENTIALS : status == 403 ? Fault.PERMISSION : Fault.FAILED;
        String words = message.length() > LONGEST ? message.substring(0, LONGEST) + "…" : message;
        return new CloudException(
                fault,
                fault == Fault.PERMISSION
                        ? "the service account may not " + action + ": " + words
                        : action + ": " + words);
    }

    /// @param action the permission that it takes, for messages: `compute.routes.list`
    /// @param path from the project on
    Fields get(String action, String path) throws CloudException, InterruptedException {
        return good(ask(action, HttpRequest.newBuilder(URI.create(url + path)), Duration.ofSeconds(20)));
    }

    Reply post(String action, String path, String json) throws CloudException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .header("Content-Type", "application/json")
                .POST(json.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(json));
        return ask(action, request, PATIENCE);
    }

    Reply delete(String action, String path) throws CloudException, InterruptedException {
        return ask(action, HttpRequest.newBuilder(URI.create(url + path)).DELETE(), PATIENCE);
    }

    static Fields good(Reply reply) throws CloudException {
        if (!reply.isGood()) {
            throw reply.failure();
        }
        return reply.answer;
    }

    /// Waits until an operation is done.
    ///
    /// @param project that it belongs to
    /// @param started what the API answered to the request for it
    void await(String project, Reply started) throws CloudException, InterruptedException {
        Fields operation = good(started);
        while (!operation.text("status").equals("DONE")) {
            String path = "projects/%s/global/operations/%s/wait".formatted(project, operation.text("name"));
            operation = good(post("compute.globalOperations.get", path, ""));
        }
        Optional<Fields> error = operation.object("error").all("errors").findFirst();
        if (error.isPresent()) {
            throw failure(
                    started.action, 200, error.get().text("code"), error.get().text("message"));
        }
    }

    private Reply ask(String action, HttpRequest.Builder request, Duration patience)
            throws CloudException, InterruptedException {
        CloudHttp.Answer answer = http.send(action, request.header("Authorization", "Bearer " + token()), patience);
        Optional<Fields> fields = Fields.parse(answer.body());
        if (answer.isGood() && fields.isEmpty()) {
            throw new CloudException(Fault.FAILED, action + ": the answer is no JSON object");
        }
        return new Reply(action, answer.status(), fields.orElse(Fields.NONE));
    }

    private String token() throws CloudException {
        try {
            credentials.refreshIfExpired();
            AccessToken token = credentials.getAccessToken();
            if (token != null) {
                return token.getTokenValue();
            }
            throw new IOException("no token");
        } catch (IOException e) {
            throw new CloudException(
                    Fault.CREDENTIALS,
                    "there is no token: the instance has no service account, or it is not answered",
                    e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
