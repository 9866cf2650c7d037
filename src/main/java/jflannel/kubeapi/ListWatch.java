package jflannel.kubeapi;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import jflannel.kubeapi.Resource.Event;
import jflannel.lease.Outage;

/// Keeps somebody informed of all objects of one kind, on the thread that takes its turns, so that news comes one at a
/// time:
///
/// 1. List the objects.
/// 2. Watch from the list's version on, and report each change; bookmarks keep the version young.
/// 3. When the watch ends, watch again from the last version; if the API has forgotten that, begin at 1.
public final class ListWatch<T> {
    /// How long a connection must last to count as the end of an outage.
    private static final Duration PROVEN = Duration.ofSeconds(2);

    /// The API server sends a bookmark each minute.
    private static final Duration SILENCE = Duration.ofMinutes(3);

    private static final int SHORTEST_WATCH_SECONDS = 300;

    private final ApiServer api;
    private final Resource<T> resource;
    private final String only;
    private final Listener<T> listener;
    private final Outage outage;
    private final RandomGenerator random;
    private String version = "";

    /// Who is kept informed. What it throws at runtime makes everything be listed again.
    public interface Listener<T> {
        /// A version that the next list must not be older than, because the listener knows of it already; or "".
        default String leastVersion() throws IOException {
            return "";
        }

        /// False if the API has returned to an earlier time than it was heard of before, as one that was restored from
        /// a
        /// backup: a watch from a version that is yet to come would report nothing. Asked after each outage.
        default boolean isHistoryIntact() throws IOException {
            return true;
        }

        /// These are all objects there are.
        void listed(List<T> all);

        /// An object is there, or is like this now.
        void put(T object);

        /// An object is gone.
        void removed(T object);

        /// Changes are reported from now on, as they happen.
        default void connected() {}

        /// Changes are not reported until further notice.
        default void disconnected() {}
    }

    /// @param only the name of the one object to follow, or "" for all
    public ListWatch(
            ApiServer api,
            Resource<T> resource,
            String only,
            Listener<T> listener,
            Outage outage,
            RandomGenerator random) {
        this.api = api;
        this.resource = resource;
        this.only = only;
        this.listener = listener;
        this.outage = outage;
        this.random = random;
    }

    /// Follows the objects until the watch ends or breaks off, and then pauses if need be: a turn of a loop.
    ///
    /// @throws InterruptedException when nobody wants to be informed any more
    public void turn() throws InterruptedException {
        try {
            follow();
        } catch (IOException | RuntimeException e) {
            listener.disconnected();
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (e instanceof RuntimeException || e instanceof ApiException answer && answer.isGone()) {
                version = ""; // forgotten, or an event may have been lost half-way
            }
            Thread.sleep(outage.failed(e));
        }
    }

    private void follow() throws IOException {
        if (!version.isEmpty() && outage.lasts() && !listener.isHistoryIntact()) {
            version = "";
        }
        if (version.isEmpty()) {
            List<T> all = new ArrayList<>();
            String listed = api.list(resource, only, listener.leastVersion(), all::add);
            listener.listed(all);
            version = listed;
        }
        Duration lasting = Duration.ofSeconds(SHORTEST_WATCH_SECONDS + random.nextInt(SHORTEST_WATCH_SECONDS));
        long start = System.nanoTime();
        try (ApiServer.Watch<T> watch = api.watch(resource, only, version, lasting, SILENCE)) {
            listener.connected(); // no news where the last one came to its planned end
            if (!watch.hasNewsWithin(PROVEN)) {
                outage.ended();
            }
            Optional<Event<T>> event;
            while ((event = watch.next()).isPresent()) {
                take(event.get());
                outage.ended();
            }
        }
        if (System.nanoTime() - start < PROVEN.toNanos()) {
            throw new IOException("the Kubernetes API ended the watch of the %s at once".formatted(resource.plural()));
        }
    }

    private void take(Event<T> event) throws IOException {
        switch (event.type()) {
            case "ADDED", "MODIFIED" -> listener.put(event.object());
            case "DELETED" -> listener.removed(event.object());
            case "BOOKMARK" -> {
                if (Versions.isOlder(event.version(), version)) {
                    version = "";
                    throw new IOException(
                            "the Kubernetes API has returned to an earlier version of the " + resource.plural());
                }
            }
            case "ERROR" ->
                throw new ApiException("the watch of the " + resource.plural(), event.code(), event.message());
            default ->
                throw new IOException("the Kubernetes API reports an event of the %s that is not understood"
                        .formatted(resource.plural()));
        }
        version = event.version();
    }
}
