package jflannel.doctor;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import jflannel.control.Overlay;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.probe.Echo;
import jflannel.probe.Probes;
import jflannel.probe.RawProbe;
import jflannel.underlay.PinnedNeighbor;

/// Sends a few packets to a few peers, and notes what comes back. Each peer is asked on a thread of its own, so that
/// all together take no longer than one.
public final class Prober {
    private static final Logger LOG = System.getLogger(Prober.class.getName());
    private static final int MOST_PEERS = 8;
    private static final int TRIES = 3;
    private static final Duration PATIENCE = Duration.ofMillis(300);
    private static final Duration WHOLE = Duration.ofSeconds(10);
    /// Nobody receives there, as far as IANA knows.
    private static final int CLOSED_PORT = 33_433;

    private final Snapshot snapshot;
    private final Overlay overlay;
    private final Lease own;

    private Prober(Snapshot snapshot, Overlay overlay, Lease own) {
        this.snapshot = snapshot;
        this.overlay = overlay;
        this.own = own;
    }

    /// The snapshot, with answers.
    public static Snapshot probe(Snapshot snapshot) {
        if (snapshot.overlay().isEmpty() || snapshot.own().isEmpty()) {
            return snapshot;
        }
        return new Prober(snapshot, snapshot.overlay().get(), snapshot.own().get()).probe();
    }

    private Snapshot probe() {
        List<Callable<Probe>> questions = new ArrayList<>();
        for (Lease peer : peers()) {
            for (LeasedSubnet subnet : peer.subnets()) {
                if (overlay.underlay().uplink(subnet.publicIp().family()).isPresent()) {
                    questions.add(() -> probe(subnet));
                }
            }
        }
        List<Probe> probes = new ArrayList<>();
        Snapshot lacking = snapshot;
        for (Future<Probe> answer : Probes.all(questions, WHOLE)) {
            switch (answer.state()) {
                case SUCCESS -> probes.add(answer.resultNow());
                case FAILED -> lacking = lacking(words(answer.exceptionNow()));
                case CANCELLED, RUNNING -> lacking = lacking("it takes too long");
            }
        }
        return lacking.with(machine(), probes, wrongNeighbors());
    }

    private Machine machine() {
        try {
            return snapshot.machine().afterProbes(MachineReader.counters());
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "the counters were not read again", e);
            return snapshot.machine();
        }
    }

    private List<PinnedNeighbor.Wrong> wrongNeighbors() {
        List<PinnedNeighbor.Wrong> wrong = new ArrayList<>();
        try (Kernel kernel = new RouteSocket()) {
            Set<Ip> hosts = new HashSet<>();
            snapshot.peers()
                    .forEach(peer -> hosts.addAll(peer.announced().publicIps().values()));
            for (PinnedNeighbor pinned : PinnedNeighbor.among(kernel, overlay.underlay(), hosts)) {
                pinned.fault().ifPresent(wrong::add);
            }
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "permanent neighbors were not examined", e);
        }
        return wrong;
    }

    private Snapshot lacking(String why) {
        return snapshot.lacking(new Unexamined("the way to other nodes", why));
    }

    private static String words(Throwable fault) {
        return fault instanceof KernelException e && e.is(Errno.EPERM)
                ? "only root may send such packets"
                : String.valueOf(fault.getMessage());
    }

    /// Some of them, from all over the network.
    private List<Lease> peers() {
        List<Lease> all = snapshot.comparison().stream()
                .flatMap(it -> it.peers().stream())
                .filter(peer -> peer.ignored().isEmpty() && !peer.held() && peer.isProgrammed())
                .map(peer -> peer.lease())
                .toList();
        int step = Math.max(1, all.size() / MOST_PEERS);
        List<Lease> some = new ArrayList<>();
        for (int i = 0; i < all.size() && some.size() < MOST_PEERS; i += step) {
            some.add(all.get(i));
        }
        return some;
    }

    private Probe probe(LeasedSubnet peer) throws IOException {
        boolean tunnelled = !overlay.backend().deviceNames().isEmpty();
        Ip inner = tunnelled ? peer.cidr().address() : null;
        int outerMtu = overlay.underlay()
                .uplink(peer.publicIp().family())
                .orElseThrow()
                .mtu();
        Echo outside = Echo.of(peer.publicIp(), outerMtu);
        Optional<Echo> within =
                tunnelled ? Optional.of(Echo.of(inner, overlay.backend().mtu())) : Optional.empty();
        boolean lost = within.filter(echo -> !echo.isAnswered()).isPresent();
        Optional<Integer> port = overlay.backend().port(own);
        Probe.Port state = lost && port.isPresent() ? port(peer.publicIp(), port.get()) : Probe.Port.QUIET;
        Optional<Boolean> offloaded =
                tunnelled && !lost && hasOffload() ? Optional.of(refusesOffloaded(inner)) : Optional.empty();
        boolean doubtful = offloaded.filter(answered -> !answered).isPresent();
        return new Probe(
                peer.publicIp(),
                inner,
                outside,
                within,
                state,
                offloaded,
                doubtful ? Optional.of(refusesComputed(inner)) : Optional.empty());
    }

    private boolean hasOffload() {
        return overlay.backend().deviceNames().stream()
                .anyMatch(device -> snapshot.machine().offloading().contains(device));
    }

    /// Sends what no tunnel takes for a packet.
    private static Probe.Port port(Ip host, int port) throws IOException {
        for (int i = 0; i < TRIES; i++) {
            Optional<Probe.Port> answer = answer(host, port);
            if (answer.isPresent()) {
                return answer.get();
            }
        }
        return Probe.Port.QUIET;
    }

    private static Optional<Probe.Port> answer(Ip host, int port) throws IOException {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(InetAddress.getByAddress(host.bytes()), port));
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.send(new DatagramPacket(new byte[8], 8));
            socket.receive(new DatagramPacket(new byte[8], 8));
            return Optional.empty();
        } catch (SocketTimeoutException e) {
            return Optional.empty();
        } catch (PortUnreachableException e) {
            return Optional.of(Probe.Port.CLOSED);
        } catch (IOException e) {
            return Optional.of(Probe.Port.REFUSED);
        }
    }

    private static boolean refusesOffloaded(Ip inner) throws IOException {
        return port(inner, CLOSED_PORT) == Probe.Port.CLOSED;
    }

    private boolean refusesComputed(Ip inner) throws IOException {
        Ip source = own.subnet(inner.family()).orElseThrow().cidr().address();
        try (RawProbe probe = RawProbe.udp(inner)) {
            for (int i = 0; i < TRIES; i++) {
                if (probe.refuses(source, CLOSED_PORT, PATIENCE)) {
                    return true;
                }
            }
            return false;
        }
    }
}
