package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import jflannel.backend.WireguardKeyFile;
import jflannel.kernel.Device;
import jflannel.kernel.Link;
import jflannel.kernel.RouteSocket;
import jflannel.kernel.Wireguard;
import jflannel.kernel.WireguardDevices;
import jflannel.kernel.WireguardState;
import jflannel.lease.BackendType;
import jflannel.lease.WireguardOptions;
import jflannel.linux.KernelException;
import jflannel.status.Board;
import jflannel.work.Worker;

/// Notices when the file with this node's WireGuard key holds another one, and replaces a key that has served its time.
/// It has a thread of its own, as there are a disk and the store to wait for; none without the backend `wireguard`.
///
/// A peer that is told of a new key by this program begins a session at once. Go flannel waits until it has a packet;
/// until then this node may have tried in vain, and tries again.
final class WireguardRotation implements AutoCloseable {
    private static final Logger LOG = System.getLogger(WireguardRotation.class.getName());
    private static final Duration PERIOD = Duration.ofSeconds(1);
    /// When to look whether peers have answered, after the last look.
    private static final List<Duration> LOOKS =
            List.of(Duration.ofMillis(300), Duration.ofMillis(700), Duration.ofSeconds(2), Duration.ofSeconds(5));

    private static final int SPREAD = 10;

    private final WireguardKeyFile file;
    private final Callable<?> store;
    private final Board board;
    private final Runnable replaced;
    private Worker worker;
    /// Empty with other backends.
    private List<Device> devices = List.of();

    private int lifetime;
    private Instant start = Instant.now();

    /// @param store asks the store for something: a key that cannot be published must not be used
    /// @param replaced called when another key is in use
    WireguardRotation(WireguardKeyFile file, Callable<?> store, Board board, Runnable replaced) {
        this.file = file;
        this.store = store;
        this.board = board;
        this.replaced = replaced;
    }

    synchronized void follow(Overlay overlay) {
        boolean used = overlay.network().type() == BackendType.WIREGUARD;
        devices = !used
                ? List.of()
                : overlay.backend().devices().stream()
                        .filter(device -> device.kind() instanceof Wireguard)
                        .toList();
        lifetime = used ? overlay.network().option(WireguardOptions.KEY_ROTATION) : 0;
        start = Instant.now();
        if (worker == null && used) {
            worker = Worker.start("wireguard-key", board, this::turn);
        }
        notifyAll();
    }

    private void turn() throws InterruptedException {
        Thread.sleep(PERIOD);
        awaitUse();
        try {
            if (isDue(Instant.now()) && isStoreThere()) {
                file.replace();
            }
            if (file.isReplaced() && isStoreThere()) {
                Map<Object, WireguardState.Peer> before = peers();
                file.reload();
                replaced.run();
                followUp(before);
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "this node keeps its WireGuard key: {0}", e.getMessage());
        }
    }

    private synchronized void awaitUse() throws InterruptedException {
        while (devices.isEmpty()) {
            wait();
        }
    }

    private synchronized boolean isDue(Instant now) throws IOException {
        if (lifetime == 0) {
            return false;
        }
        int early = Math.floorMod(file.get().publicKey().hashCode(), lifetime / SPREAD + 1);
        return now.isAfter(file.since().plusSeconds(lifetime - early))
                && now.isAfter(start.plusSeconds(early)); // where many keys are old already
    }

    private boolean isStoreThere() throws InterruptedException {
        try {
            store.call();
            return true;
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            LOG.log(Level.DEBUG, "the store is silent, so the WireGuard key stays", e);
            return false;
        }
    }

    private void followUp(Map<Object, WireguardState.Peer> before) throws KernelException, InterruptedException {
        for (Duration pause : LOOKS) {
            Thread.sleep(pause);
            long vain = peers().entrySet().stream()
                    .filter(it -> hasTriedInVain(it.getValue(), before.get(it.getKey())))
                    .count();
            if (vain == 0) {
                continue;
            }
            LOG.log(Level.DEBUG, "{0} peers do not know the new WireGuard key yet", vain);
            try (RouteSocket kernel = new RouteSocket();
                    WireguardDevices control = new WireguardDevices()) {
                for (Device device : current()) {
                    Link link = kernel.link(device.name()).orElse(null);
                    if (link != null) {
                        control.beginAgain(link, (Wireguard) device.kind());
                    }
                }
            }
        }
    }

    private static boolean hasTriedInVain(WireguardState.Peer now, WireguardState.Peer before) {
        return before != null && now.lastHandshake() == before.lastHandshake() && now.sent() > before.sent();
    }

    private synchronized List<Device> current() {
        return devices;
    }

    private Map<Object, WireguardState.Peer> peers() throws KernelException {
        Map<Object, WireguardState.Peer> found = new HashMap<>();
        try (RouteSocket kernel = new RouteSocket();
                WireguardDevices control = new WireguardDevices()) {
            for (Device device : current()) {
                Link link = kernel.link(device.name()).orElse(null);
                if (link != null) {
                    control.read(link.index())
                            .peers()
                            .forEach(peer -> found.put(peer.settings().key(), peer));
                }
            }
        }
        return found;
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
