package jflannel.probe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
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
        List<Callable<PeerProbe>> questions = new ArrayList<>();
        for (LeasedSubnet peer : peers) {
            Optional<Uplink> uplink = overlay.underlay().uplink(peer.publicIp().family());
            uplink.ifPresent(by -> questions.add(() -> PeerProbe.of(peer, overlay, by)));
        }
        Map<LeasedSubnet, PeerProbe> results = new LinkedHashMap<>();
        for (Future<PeerProbe> answer : all(questions, limit)) {
            switch (answer.state()) {
                case SUCCESS -> results.put(answer.resultNow().peer(), answer.resultNow());
                case FAILED -> {
                    if (answer.exceptionNow() instanceof KernelException refusal) {
                        throw refusal;
                    }
                    throw new IllegalStateException(answer.exceptionNow());
                }
                case CANCELLED, RUNNING -> {} // it took too long
            }
        }
        return results;
    }

    /// Asks all at once, each on a thread of its own in the caller's network namespace: calls into the kernel would pin
    /// virtual threads.
    ///
    /// @param limit for all together
    /// @return what came of each; those that took too long are cancelled. Empty if this thread is interrupted
    public static <T> List<Future<T>> all(List<Callable<T>> questions, Duration limit) {
        ExecutorService threads = Executors.newFixedThreadPool(
                Math.clamp(questions.size(), 1, AT_A_TIME),
                Thread.ofPlatform().daemon().name("probe").factory());
        try {
            return threads.invokeAll(questions, limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return List.of();
        } finally {
            threads.shutdownNow();
        }
    }
}
