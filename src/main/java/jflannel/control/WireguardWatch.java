package jflannel.control;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import jflannel.kernel.KernelNews;
import jflannel.kernel.Link;
import jflannel.kernel.Wireguard;
import jflannel.kernel.WireguardDevices;
import jflannel.kernel.WireguardState;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.status.Board;
import jflannel.work.Worker;

/// Notices what happens to the peers of WireGuard devices, which the kernel reports to nobody: it reads them again and
/// again, on a thread of its own, and passes on what differs from the time before. There is no thread without such a
/// device.
final class WireguardWatch implements AutoCloseable {
    /// Between two readings, at least: who notices nothing else loses a second at most.
    private static final Duration SHORTEST = Duration.ofMillis(400);
    /// On a busy machine a reading takes long because it has to wait.
    private static final Duration LONGEST = Duration.ofSeconds(2);
    /// A reading may take one part in this many of a processor's time.
    private static final int SHARE = 200;

    private final Board board;
    private final Consumer<KernelNews> listener;
    private final Map<Object, WireguardState.Peer> known = new HashMap<>();
    private final WireguardEndpoints endpoints = new WireguardEndpoints();
    private List<Integer> devices = List.of();
    private Worker worker;
    private WireguardDevices reader;
    private volatile Map<Object, WireguardState.Peer> seen = Map.of();

    /// @param listener is called on the watch's thread
    WireguardWatch(Board board, Consumer<KernelNews> listener) {
        this.board = board;
        this.listener = listener;
    }

    /// From now on, those of these devices matter that are WireGuard's.
    synchronized void follow(Collection<Link> links) {
        devices = links.stream()
                .filter(link -> link.properties() instanceof Wireguard)
                .map(Link::index)
                .toList();
        if (worker == null && !devices.isEmpty()) {
            worker = Worker.start("wireguard-watch", board, this::turn, this::release);
        }
        notifyAll();
    }

    /// This host has another address. These are the devices.
    static void hostMoved(Collection<Link> links) throws KernelException {
        try (WireguardDevices control = new WireguardDevices()) {
            for (Link link : links) {
                if (link.properties() instanceof Wireguard) {
                    control.movedTo(link);
                }
            }
        }
    }

    /// The peers at the last reading, by [jflannel.kernel.WireguardPeer#key]. Any thread may ask.
    Map<Object, WireguardState.Peer> seen() {
        return seen;
    }

    private void turn() throws KernelException, InterruptedException {
        List<Integer> now = next();
        long start = System.nanoTime();
        Map<Object, WireguardState.Peer> found = read(now);
        report(found);
        long pause = Math.clamp(SHARE * (System.nanoTime() - start), SHORTEST.toNanos(), LONGEST.toNanos());
        TimeUnit.NANOSECONDS.sleep(pause);
    }

    private synchronized List<Integer> next() throws InterruptedException {
        while (devices.isEmpty()) {
            known.clear();
            seen = Map.of();
            wait();
        }
        return devices;
    }

    private Map<Object, WireguardState.Peer> read(List<Integer> indexes) throws KernelException {
        reader = reader == null ? new WireguardDevices() : reader;
        Map<Object, WireguardState.Peer> found = new HashMap<>();
        for (int index : indexes) {
            try {
                reader.read(index)
                        .peers()
                        .forEach(peer -> found.put(peer.settings().key(), peer));
            } catch (KernelException e) {
                if (!e.is(Errno.ENODEV)) { // that it is gone, others notice
                    throw e;
                }
            }
        }
        return found;
    }

    private void report(Map<Object, WireguardState.Peer> found) {
        endpoints
                .take(found.values(), Instant.now().getEpochSecond(), System.nanoTime())
                .values()
                .forEach(listener);
        found.forEach((key, peer) -> {
            WireguardState.Peer before = known.get(key);
            if (before == null || !before.settings().equals(peer.settings())) {
                listener.accept(new KernelNews.PeerSeen(peer));
            }
        });
        known.keySet().stream()
                .filter(key -> !found.containsKey(key))
                .forEach(key -> listener.accept(new KernelNews.Absent(key)));
        known.clear();
        known.putAll(found);
        seen = Map.copyOf(found);
    }

    private void release() {
        if (reader != null) {
            reader.close();
        }
    }

    @Override
    public void close() {
        Worker last;
        synchronized (this) {
            last = worker;
        }
        if (last != null) {
            last.close();
        }
    }
}
