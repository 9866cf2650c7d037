package jflannel.live;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.Optional;
import jflannel.dataplane.SocketAddress;
import jflannel.ip.Ip;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.linux.Netns;
import jflannel.trace.Cluster;
import jflannel.trace.Live;
import jflannel.trace.PodNamespace;
import jflannel.trace.Question;
import jflannel.trace.Trace;
import jflannel.trace.View;

/// Sends one marked packet on the way that a trace predicts, from the pod or from this node itself, while the devices
/// of that way are watched.
public final class LiveTrace {
    private final Trace trace;
    private final View view;
    private final int tunnelPort;
    private final Optional<Ip> elsewhere;
    private final Optional<WitnessAccess> access;
    private Optional<Beyond> beyond = Optional.empty();

    private LiveTrace(Trace trace, View view, Cluster cluster, Optional<WitnessAccess> access) {
        this.trace = trace;
        this.view = view;
        this.tunnelPort = cluster.tunnelPort();
        this.access = access;
        Ip destination = trace.end().destination();
        this.elsewhere = cluster.peerOf(destination)
                .or(() -> cluster.peerAt(destination))
                .map(peer -> peer.subnet().publicIp());
    }

    /// The trace with what was really seen. Takes two seconds at most, and no longer than the answer does; a few
    /// more if another node is asked to watch.
    ///
    /// @param access to the destination's node; empty if that is not asked
    /// @throws IOException if this process may not watch devices
    public static Trace of(Trace trace, View view, Cluster cluster, Optional<WitnessAccess> access) throws IOException {
        LiveTrace live = new LiveTrace(trace, view, cluster, access);
        Live seen = live.run();
        return live.beyond.isPresent() ? live.beyond.get().joined(trace, seen) : trace.with(seen);
    }

    private Live run() throws IOException {
        Ip source = trace.question().source();
        if (trace.hops().getFirst().predicted()) {
            return Live.notSent("%s is a pod of another node. Run it there: flannel trace --live %s %s"
                    .formatted(source, source, trace.question().destination()));
        }
        boolean own = view.addresses().stream()
                .anyMatch(address -> address.address().ip().equals(source));
        Optional<PodNamespace> pod = own ? Optional.empty() : view.pod(source);
        return own || pod.isPresent()
                ? run(pod)
                : Live.notSent("the network namespace of the pod %s cannot be found on this node".formatted(source));
    }

    private Live run(Optional<PodNamespace> pod) throws IOException {
        Probe probe = Probe.of(trace.question(), new SecureRandom());
        if (access.isEmpty() || elsewhere.isEmpty()) {
            return run(pod, probe);
        }
        Ip host = elsewhere.get();
        try (RemoteTaps remote = RemoteTaps.on(access.get(), host, probe.as(trace.end()))) {
            Live live = run(pod, probe);
            beyond = Optional.of(Beyond.of(host, live.sent() ? remote.sightings() : Optional.empty()));
            return live;
        } catch (RemoteTaps.Unwatched e) {
            beyond = Optional.of(Beyond.unwatched(host, e.getMessage()));
            return run(pod, probe);
        }
    }

    private Live run(Optional<PodNamespace> pod, Probe probe) throws IOException {
        try (Taps taps = Taps.on(Places.of(trace, view), Places.tunnelPorts(view, tunnelPort), probe)) {
            try {
                if (pod.isPresent()) {
                    try (Netns namespace = Netns.at(pod.get().path())) {
                        namespace.call(() -> send(probe));
                    }
                } else {
                    send(probe);
                }
            } catch (KernelException refusal) {
                return Live.refused(refusal.getMessage());
            }
            return taps.watch();
        }
    }

    /// From the network namespace of the calling thread. The kernel writes the IP header.
    private static Void send(Probe probe) throws KernelException {
        Question question = probe.question();
        Ip destination = question.destination();
        int type = Libc.SOCK_RAW | Libc.SOCK_NONBLOCK;
        byte[] bytes = probe.bytes();
        try (Arena arena = Arena.ofConfined();
                Fd socket = Libc.socket(destination.family().af(), type, question.protocol())) {
            Libc.bind(socket, SocketAddress.of(arena, question.source(), 0), "raw socket to " + question.source());
            MemorySegment state = Libc.callState(arena);
            MemorySegment to = SocketAddress.of(arena, destination, 0);
            int connected = Libc.connect(socket.number(), to, SocketAddress.bytes(destination.family()), state);
            MemorySegment packet = arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
            long sent = connected < 0 ? connected : Libc.send(socket.number(), packet, bytes.length, 0, state);
            if (sent < 0) {
                throw new KernelException("send to " + destination, (int) -sent, null);
            }
            return null;
        }
    }
}
