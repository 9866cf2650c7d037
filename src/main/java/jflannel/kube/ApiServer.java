package jflannel.kube;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonParser;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpClient;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.io.IOException;
import java.net.URLEncoder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import jflannel.kube.NodeReader.WatchEvent;
import jflannel.lease.StoreFigures;

/// The calls to the Kubernetes API that this program makes, with just the verbs that the ClusterRole `flannel`
/// grants: get pods; get, list and watch nodes; patch nodes/status.
///
/// Does not try again: who calls knows when to.
final class ApiServer implements AutoCloseable {
    /// How long an answer may take to begin, and to go on.
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static final int LONGEST_MESSAGE = 300;
    private static final String NODES = "/api/v1/nodes";

    private final String url;
    private final HttpClient http;
    private final NodeReader reader;
    private final StoreFigures figures = new StoreFigures();

    ApiServer(Config config, AnnotationPrefix prefix) {
        this.url = config.getMasterUrl().replaceFirst("/+$", "");
        this.http = new JdkHttpClientFactory().newBuilder(config).build();
        this.reader = new NodeReader(prefix);
    }

    /// For messages.
    String url() {
        return url;
    }

    StoreFigures figures() {
        return figures;
    }

    /// The name of the node that a pod runs on.
    String nodeOfPod(String namespace, String pod) throws IOException {
        try (Feed body =
                send("get", get("/api/v1/namespaces/%s/pods/%s".formatted(word(namespace), word(pod))), PATIENCE)) {
            return NodeReader.nodeOfPod(body);
        }
    }

    NodeRecord node(String name) throws IOException {
        try (Feed body = send("get", get(NODES + "/" + word(name)), PATIENCE)) {
            return reader.node(body);
        }
    }

    /// Lists nodes, giving them one by one while they arrive.
    ///
    /// @param only the name of the one node to list, or "" for all
    /// @param notOlderThan a version of any node; the list is at least as new, and may then come from a cache. If
    ///     empty, it is the newest
    /// @return the version of the list
    String nodes(String only, String notOlderThan, Consumer<NodeRecord> each) throws IOException {
        String match = notOlderThan.isEmpty() ? "" : "resourceVersionMatch=NotOlderThan&";
        String query = "?" + match + "resourceVersion=" + word(notOlderThan) + selector(only);
        try (Feed body = send("list", get(NODES + query), PATIENCE)) {
            return reader.list(body, each);
        }
    }

    /// Changes the status or the annotations of a node, as `json` says by the rules of a strategic merge patch.
    ///
    /// @return the node as it is then
    NodeRecord patchStatus(String name, String json) throws IOException {
        HttpRequest patch = http.newHttpRequestBuilder()
                .uri(url + NODES + "/" + word(name) + "/status")
                .method("PATCH", "application/strategic-merge-patch+json", json)
                .build();
        try (Feed body = send("patch", patch, PATIENCE)) {
            return reader.node(body);
        }
    }

    /// Follows nodes until the API server ends it, which it does after some minutes.
    final class Watch implements AutoCloseable {
        private final Feed body;
        private final JsonParser json;

        private Watch(Feed body) throws IOException {
            this.body = body;
            this.json = reader.open(body);
        }

        /// Waits until the first event arrives, or the end; to be called before [#next].
        ///
        /// @return false if neither comes in that time
        boolean beginsWithin(Duration time) throws IOException {
            return body.arrivesWithin(time);
        }

        /// The next event, or nothing at the end.
        ///
        /// @throws IOException if none comes within the patience that was given
        Optional<WatchEvent> next() throws IOException {
            return reader.next(json);
        }

        @Override
        public void close() {
            body.close();
        }
    }

    /// @param only the name of the one node to follow, or "" for all
    /// @param version of what is known already
    /// @param lasting how long the API server shall go on
    /// @param patience how long it may be silent
    Watch watch(String only, String version, Duration lasting, Duration patience) throws IOException {
        String query = "?watch=true&allowWatchBookmarks=true&resourceVersion=%s&timeoutSeconds=%d"
                .formatted(word(version), lasting.toSeconds());
        return new Watch(send("watch", get(NODES + query + selector(only)), patience));
    }

    private static String selector(String only) {
        return only.isEmpty() ? "" : "&fieldSelector=" + word("metadata.name=" + only);
    }

    private static String word(String text) {
        return URLEncoder.encode(text, UTF_8);
    }

    private HttpRequest get(String path) {
        return http.newHttpRequestBuilder().uri(url + path).build();
    }

    /// Sends a request, and returns the body of a good answer.
    ///
    /// @param kind for the figures: the verb, as RBAC names it
    private Feed send(String kind, HttpRequest request, Duration patience) throws IOException {
        long start = System.nanoTime();
        boolean failed = true;
        try {
            Feed body = send(request, patience);
            failed = false;
            return body;
        } finally {
            figures.requested(kind, Duration.ofNanos(System.nanoTime() - start), failed);
        }
    }

    private Feed send(HttpRequest request, Duration patience) throws IOException {
        AtomicReference<Feed> feed = new AtomicReference<>();
        CompletableFuture<HttpResponse<AsyncBody>> answer = http.consumeBytes(
                request,
                (List<java.nio.ByteBuffer> piece, AsyncBody body) -> feed.get().arrived(piece));
        HttpResponse<AsyncBody> response = await(answer);
        AsyncBody body = response.body();
        feed.set(new Feed(patience, body::consume, body::cancel));
        feed.get().endWith(body.done());
        if (!response.isSuccessful()) {
            String what = request.method() + " " + request.uri().getPath();
            try (Feed words = feed.get()) {
                throw new ApiException(what, response.code(), message(words));
            }
        }
        return feed.get();
    }

    private HttpResponse<AsyncBody> await(CompletableFuture<HttpResponse<AsyncBody>> answer) throws IOException {
        try {
            return answer.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw new IOException(
                    "the Kubernetes API at %s does not answer within %d s".formatted(url, PATIENCE.toSeconds()), e);
        } catch (ExecutionException e) {
            throw new IOException("the Kubernetes API at %s cannot be reached: %s".formatted(url, Feed.reason(e)), e);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while asking the Kubernetes API", e);
        }
    }

    /// What the API server says of a failure: the message of a Status object, or the text it sent.
    private static String message(Feed body) {
        String text;
        try {
            text = new String(body.readNBytes(16 * LONGEST_MESSAGE), UTF_8);
        } catch (IOException e) {
            return "(no reason given)";
        }
        String message;
        try {
            message = NodeReader.message(text);
        } catch (IOException e) {
            message = text;
        }
        return message.length() <= LONGEST_MESSAGE ? message.strip() : message.substring(0, LONGEST_MESSAGE) + "…";
    }

    @Override
    public void close() {
        http.close();
    }
}
