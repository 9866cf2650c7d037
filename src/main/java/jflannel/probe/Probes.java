package jflannel.probe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import jflannel.control.Overlay;
import jflannel.lease.LeasedSubnet;
import jflannel.linux.KernelException;
import jflannel.underlay.Uplink;

/// Probes many peers at once.
public final class Probes {
    private static final int AT_A_TIME = 64;

    private Probes() {}

    /// What came back from each peer's subnet. Those whose turn did not come in time are not among them, nor those of
    /// a family that this node cannot send to.
    ///
    /// @param limit for all together
    /// @throws KernelException if this process may not send such packets
    public static Map<LeasedSubnet, PeerProbe> of(List<LeasedSubnet> peers, Overlay overlay, Duration limit)
            throws KernelException {
        // calls into the kernel would pin virtual threads; these are in the caller's network namespace
        ExecutorService threads = Executors.newFixedThreadPool(
                Math.max(1, Math.min(AT_A_TIME, peers.size())),
                Thread.ofPlatform().daemon().name("probe").factory());
        try {
            List<Future<PeerProbe>> running = new ArrayList<>();
            for (LeasedSubnet peer : peers) {
                Optional<Uplink> uplink =
                        overlay.underlay().uplink(peer.publicIp().family());
                uplink.ifPresent(by -> running.add(threads.submit(() -> PeerProbe.of(peer, overlay, by))));
            }
            return results(running, System.nanoTime() + limit.toNanos());
        } finally {
            threads.shutdownNow();
        }
    }

    private static Map<LeasedSubnet, PeerProbe> results(List<Future<PeerProbe>> running, long end)
            throws KernelException {
        Map<LeasedSubnet, PeerProbe> results = new LinkedHashMap<>();
        for (Future<PeerProbe> each : running) {
            try {
                PeerProbe probe = each.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                results.put(probe.peer(), probe);
            } catch (TimeoutException e) {
                // the others may have ended
            } catch (ExecutionException e) {
                if (e.getCause() instanceof KernelException refusal) {
                    throw refusal;
                }
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return results;
            }
        }
        return results;
    }
}
