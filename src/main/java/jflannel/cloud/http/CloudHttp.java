package jflannel.cloud.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;

/// HTTP to a cloud's API, through the proxies that the environment names. Nothing is tried again, and no redirection
/// followed: a signed request must not go elsewhere.
public final class CloudHttp implements AutoCloseable {
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration ANSWER = Duration.ofSeconds(20);
    /// A table of 1000 routes has some 300 kB.
    private static final int LARGEST = 16 << 20;

    private final ExecutorService threads = Executors.newCachedThreadPool(
            Thread.ofPlatform().daemon().name("cloud-http").factory());
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .proxy(Proxies.ofEnvironment())
            .executor(threads)
            .build();

    /// @param status of HTTP
    public record Answer(int status, String body) {
        public boolean isGood() {
            return status / 100 == 2;
        }
    }

    /// @param what the request does, for messages: `ec2:CreateRoute`
    public Answer send(String what, HttpRequest.Builder request) throws CloudException, InterruptedException {
        return send(what, request, ANSWER);
    }

    /// The same, for an answer that comes late.
    public Answer send(String what, HttpRequest.Builder request, Duration patience)
            throws CloudException, InterruptedException {
        HttpRequest ready = request.timeout(patience).build();
        try {
            HttpResponse<InputStream> response = client.send(ready, BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                byte[] bytes = body.readNBytes(LARGEST + 1);
                if (bytes.length > LARGEST) {
                    throw new IOException("the answer has more than " + LARGEST + " bytes");
                }
                return new Answer(response.statusCode(), new String(bytes, UTF_8));
            }
        } catch (IOException e) {
            throw new CloudException(
                    Fault.FAILED, what + ": " + host(ready.uri()) + " does not answer: " + words(e), e);
        }
    }

    private static String host(URI uri) {
        return uri.getScheme() + "://" + uri.getAuthority();
    }

    private static String words(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    @Override
    public void close() {
        client.shutdownNow();
        threads.shutdownNow();
    }
}
