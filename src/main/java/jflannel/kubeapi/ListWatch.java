package jflannel.kubeapi;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import jflannel.kubeapi.Resource.Event;
import jflannel.lease.Outage;

/// Keeps a listener informed of all objects of one kind. Runs on the thread that calls [#turn], so news arrives one
/// at a time:
///
/// 1. List the objects.
/// 2. Watch from the list's version, and report each change; bookmarks keep the version recent.
/// 3. When the watch ends, watch again from the last version; if the API no longer has that, begin at 1.
public final class ListWatch<T> {
    /// How long a connection must last to count as the end of an outage.
    private static final Duration PROVEN = Duration.ofSeconds(2);

    /// The API server sends a bookmark every minute.
    private static final Duration SILENCE = Duration.ofMinutes(3);

    private static final int SHORTEST_WATCH_SECONDS = 300;

    private final ApiServer api;
    private final Resource<T> resource;
    private final String only;
    private final Listener<T> listener;
    private final Outage outage;
    private final RandomGenerator random;
    private String version = "";

    /// Receives the news. If it throws a RuntimeException, everything is listed again.
    public interface Listener<T> {
        /// The next list must not be older than this version, because the listener has already seen it; or "".
        default String leastVersion() throws IOException {
            return "";
        }

        /// False if the API went back in time, for example when it was restored from a backup: a watch from a
        /// version in its future would report nothing. Asked after each outage.
        default boolean isHistoryIntact() throws IOException {
            return true;
        }

        /// These are all the objects.
        void listed(List<T> all);

        /// An object was added or changed.
        void put(T object);

        /// An object was deleted.
        void removed(T object);

        /// From now on, changes are reported as they happen.
        default void connected() {}

        /// Changes are no longer reported, until [#connected].
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

    /// One turn of the loop: follows the objects until the watch ends or breaks off, then pauses if necessary.
    ///
    /// @throws InterruptedException when it should stop
    public void turn() throws InterruptedException {
        try {
            follow();
        } catch (IOException | RuntimeException e) {
            listener.disconnected();
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            if (e instanceof RuntimeException || e instanceof ApiException answer && answer.isGone()) {
                version = ""; // no longer available, or an event may have been lost
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
            listener.connected(); // not new if the last watch ended as planned
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
                throw new IOException(
                        "the Kubernetes API reports an unknown kind of event of the %s".formatted(resource.plural()));
        }
        version = event.version();
    }
}
