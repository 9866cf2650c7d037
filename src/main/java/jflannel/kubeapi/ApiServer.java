package jflannel.kubeapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import jflannel.json.JsonStream;
import jflannel.kubeapi.Resource.Event;
import jflannel.lease.StoreFigures;

/// The calls that this program makes to a Kubernetes API server: get, list, watch and patch.
///
/// Does not retry; callers know when to. Thread-safe.
public final class ApiServer implements AutoCloseable {
    /// How long an answer may stall.
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Transport transport;
    private final StoreFigures figures = new StoreFigures();

    /// Connects on first use.
    public ApiServer(Access access) {
        this.transport = new Transport(access);
    }

    /// For messages.
    public String url() {
        return transport.url();
    }

    /// The host to connect to, by name or address: the server's, or a proxy's before it.
    public String host() {
        return transport.host();
    }

    /// The server's clock as of its last answer, to the second; empty if that did not tell.
    public Optional<Instant> clock() {
        return transport.clock();
    }

    public StoreFigures figures() {
        return figures;
    }

    public <T> T get(Resource<T> resource, String name) throws IOException {
        try (Answer answer = send("get", new Request("GET", resource.path() + "/" + word(name), "", ""), PATIENCE)) {
            return answer.readAll(resource::object);
        }
    }

    /// Lists objects, passing them on one by one as they arrive.
    ///
    /// @param only the name of the one object to list, or "" for all
    /// @param notOlderThan a version; the list is at least as new, but may come from a cache. If empty, it is the
    ///     newest
    /// @return the version of the list
    public <T> String list(Resource<T> resource, String only, String notOlderThan, Consumer<T> each)
            throws IOException {
        String match = notOlderThan.isEmpty() ? "" : "resourceVersionMatch=NotOlderThan&";
        String query = "?" + match + "resourceVersion=" + word(notOlderThan) + selector(only);
        Request request = new Request("GET", resource.path() + query, "Accept-Encoding: gzip\r\n", "");
        try (Answer answer = send("list", request, PATIENCE)) {
            return answer.readAll(json -> resource.list(json, each));
        }
    }

    /// Changes an object with a strategic merge patch.
    ///
    /// @param part subresource to change: `status`
    /// @return the changed object
    public <T> T patch(Resource<T> resource, String name, String part, String json) throws IOException {
        Request request = new Request(
                "PATCH",
                resource.path() + "/" + word(name) + "/" + part,
                "Content-Type: application/strategic-merge-patch+json\r\n",
                json);
        try (Answer answer = send("patch", request, PATIENCE)) {
            return answer.readAll(resource::object);
        }
    }

    /// Follows objects until the API server ends the watch, which it does after some minutes.
    ///
    /// @param only the name of the one object to follow, or "" for all
    /// @param version from which to report changes
    /// @param lasting how long the watch should last
    /// @param patience how long the API server may be silent
    public <T> Watch<T> watch(Resource<T> resource, String only, String version, Duration lasting, Duration patience)
            throws IOException {
        String query = "?watch=true&allowWatchBookmarks=true&resourceVersion=%s&timeoutSeconds=%d"
                .formatted(word(version), lasting.toSeconds());
        Request request = new Request("GET", resource.path() + query + selector(only), "", "");
        return new Watch<>(resource, send("watch", request, patience), patience);
    }

    /// A watch that the API server has accepted.
    public static final class Watch<T> implements AutoCloseable {
        private final Resource<T> resource;
        private final Answer answer;
        private final Duration patience;

        private Watch(Resource<T> resource, Answer answer, Duration patience) {
            this.resource = resource;
            this.answer = answer;
            this.patience = patience;
        }

        /// Waits for an event, or the end.
        ///
        /// @return false if neither comes in time
        public boolean hasNewsWithin(Duration time) throws IOException {
            try {
                answer.patience(time);
                answer.await();
                return true;
            } catch (SocketTimeoutException e) {
                return false;
            } finally {
                answer.patience(patience);
            }
        }

        /// The next event; empty at the end.
        ///
        /// @throws IOException if none comes within the watch's patience
        public Optional<Event<T>> next() throws IOException {
            if (answer.read(JsonStream::isAtEnd)) {
                return answer.readAll(_ -> Optional.empty());
            }
            return Optional.of(answer.read(resource::event));
        }

        @Override
        public void close() {
            answer.close();
        }
    }

    private static String selector(String only) {
        return only.isEmpty() ? "" : "&fieldSelector=" + word("metadata.name=" + only);
    }

    private static String word(String text) {
        return URLEncoder.encode(text, UTF_8);
    }

    /// @param kind the verb in RBAC's terms, for the metrics
    private Answer send(String kind, Request request, Duration patience) throws IOException {
        long start = System.nanoTime();
        boolean failed = true;
        try {
            Answer answer = transport.send(request, patience);
            failed = false;
            return answer;
        } finally {
            figures.requested(kind, Duration.ofNanos(System.nanoTime() - start), failed);
        }
    }

    /// Aborts all running requests.
    @Override
    public void close() {
        transport.close();
    }
}
