package jflannel.dataplane;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;

/// A TUN device whose packets travel to other nodes in UDP datagrams.
///
/// Made by [#open] in the network namespace of the calling thread; carries packets from [#start] until [#close] or
/// until it is [#broken]. The device's addresses, MTU, state and routes are the caller's to set.
public final class UdpTunnel implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(UdpTunnel.class.getName());
    private static final int JOIN_MILLIS = 5_000;
    private static final int MAX_QUEUES = 64;

    private final Settings settings;
    private final Tun tun;
    private final Map<Family, List<UdpSocket>> sockets = new EnumMap<>(Family.class);
    private final RawSockets raw;
    private final List<PathMtu> pathMtus = new ArrayList<>();
    private final StopSignal stop;
    private final AtomicReference<PeerTable> peers = new AtomicReference<>(PeerTable.EMPTY);
    private final List<Counters> counters = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicBoolean closed = new AtomicBoolean();

    /// @param device name of the TUN device, such as `flannel0`; `%d` in it stands for the first free number
    /// @param local this node's addresses that datagrams leave from and come to, at most one of each family
    /// @param port UDP port for all of them, in host order
    /// @param sources the tunnel's own inner addresses, by family: where its ICMP errors come from
    /// @param checkSource true to drop packets that do not come from the peer that their source belongs to
    /// @param persistent true to let the device stay when the tunnel is closed, for the next one to continue with
    /// @param queues how many threads serve each direction: see [#queuesFor]
    public record Settings(
            String device,
            List<Ip> local,
            int port,
            Map<Family, Ip> sources,
            boolean checkSource,
            boolean persistent,
            int queues) {
        /// @throws IllegalArgumentException without any local address, with two of a family, for no port or no queue
        public Settings {
            local = List.copyOf(local);
            sources = Map.copyOf(sources);
            Endpoint.requirePort(port);
            long families = local.stream().map(Ip::family).distinct().count();
            if (local.isEmpty() || families != local.size()) {
                throw new IllegalArgumentException(
                        "a tunnel has one local address of each family that it uses, not " + local);
            }
            if (queues < 1 || queues > MAX_QUEUES) {
                throw new IllegalArgumentException("a tunnel has 1 to " + MAX_QUEUES + " queues, not " + queues);
            }
        }

        /// With one queue, checked sources, and a device that ends with the tunnel.
        public Settings(String device, List<Ip> local, int port, Map<Family, Ip> sources) {
            this(device, local, port, sources, true, false, 1);
        }
    }

    private UdpTunnel(Settings settings, Resources made) throws KernelException {
        this.settings = settings;
        stop = made.keep(new StopSignal(settings.device));
        for (Ip local : settings.local) {
            openSockets(local, made);
        }
        for (int i = 0; i < settings.queues; i++) {
            pathMtus.add(made.keep(new PathMtu(settings.local)));
        }
        raw = made.keep(new RawSockets(settings.sources.keySet()));
        tun = made.keep(Tun.open(settings.device, settings.queues, settings.persistent));
        for (int i = 0; i < settings.queues; i++) {
            prepareThreads(i);
        }
    }

    private void openSockets(Ip local, Resources made) throws KernelException {
        boolean shared = settings.queues > 1;
        if (shared) { // sockets that share a port would share it with another program's, too: see that nobody has it
            UdpSocket.open(local, settings.port, false).close();
        }
        List<UdpSocket> ofFamily = new ArrayList<>();
        for (int i = 0; i < settings.queues; i++) {
            ofFamily.add(made.keep(UdpSocket.open(local, settings.port, shared)));
        }
        sockets.put(local.family(), ofFamily);
    }

    /// Makes sure that no other program has the ports of a tunnel that is to replace another.
    ///
    /// @param former of the tunnel that is open: its own ports are no obstacle
    /// @throws KernelException naming the address and port that are in use
    public static void requirePorts(Settings settings, Settings former) throws KernelException {
        for (Ip local : settings.local) {
            if (settings.port != former.port || !former.local.contains(local)) {
                UdpSocket.open(local, settings.port, false).close();
            }
        }
    }

    /// How many queues suit a machine: a flow keeps two threads busy, and never more than that.
    public static int queuesFor(int processors) {
        return Math.clamp(processors / 2, 1, 4);
    }

    /// Makes the device and the sockets. No packet moves yet.
    ///
    /// @throws KernelException naming the device or address that the kernel refused; then nothing is left behind
    /// @throws IllegalArgumentException if the device cannot have such a name
    public static UdpTunnel open(Settings settings) throws KernelException {
        Resources made = new Resources();
        try {
            return new UdpTunnel(settings, made);
        } catch (KernelException | RuntimeException e) {
            made.close();
            throw e;
        }
    }

    /// Largest inner packet for an outer MTU, both in bytes.
    ///
    /// @param outer the family between the nodes
    public static int innerMtu(int outerMtu, Family outer) {
        return outerMtu - UdpSocket.overhead(outer);
    }

    /// The name that the device really has.
    public String device() {
        return tun.name();
    }

    public int ifIndex() {
        return tun.ifIndex();
    }

    /// What it was opened with.
    public Settings settings() {
        return settings;
    }

    /// Starts the loops. Once.
    public void start() {
        threads.forEach(Thread::start);
    }

    /// Sends packets by `table` from now on; before the first call there are no peers.
    public void peers(PeerTable table) {
        peers.set(table);
    }

    /// The sums of all threads' counts. Each is exact, but they are not of one instant.
    public Map<Counter, Long> counters() {
        Map<Counter, Long> sums = new EnumMap<>(Counter.class);
        for (Counter counter : Counter.values()) {
            sums.put(counter, counters.stream().mapToLong(c -> c.get(counter)).sum());
        }
        return sums;
    }

    /// True if the loops ended by themselves, most likely because the device was deleted. The log has the reason.
    /// What remains is to close this tunnel and to open another.
    public boolean broken() {
        return stop.hasFailed();
    }

    /// Ends the loops and releases device and sockets. Repeating it is harmless.
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        stop.raise();
        if (!allEnded()) {
            // Closing now would let the loop read or write whatever gets the descriptor's number next.
            LOG.log(System.Logger.Level.ERROR, "a packet loop of {0} does not end; its device stays", tun.name());
            return;
        }
        tun.close();
        sockets.values().forEach(ofFamily -> ofFamily.forEach(UdpSocket::close));
        raw.close();
        pathMtus.forEach(PathMtu::close);
        stop.close();
    }

    private void prepareThreads(int queue) {
        Counters outbound = countersOfAThread();
        TunToUdp.Ends ends = new TunToUdp.Ends(
                tun.queue(queue), socket(Family.IPV4, queue), socket(Family.IPV6, queue), pathMtus.get(queue));
        prepareThread("tun-to-udp-" + queue, new TunToUdp(ends, peers, reporter(outbound), outbound, stop));
        for (List<UdpSocket> ofFamily : sockets.values()) {
            Counters inbound = countersOfAThread();
            String name = "udp-to-tun-" + (counters.size() - 2 - queue);
            UdpToTun.Ends in =
                    new UdpToTun.Ends(tun.queue(queue), ofFamily.get(queue), settings.checkSource ? peers : null);
            prepareThread(name, new UdpToTun(in, reporter(inbound), inbound, stop));
        }
    }

    private UdpSocket socket(Family family, int queue) {
        List<UdpSocket> ofFamily = sockets.get(family);
        return ofFamily == null ? null : ofFamily.get(queue);
    }

    private Counters countersOfAThread() {
        Counters made = new Counters();
        counters.add(made);
        return made;
    }

    private IcmpReporter reporter(Counters counters) {
        TokenBucket limit = new TokenBucket(IcmpReporter.PER_SECOND, IcmpReporter.BURST, System::nanoTime);
        return new IcmpReporter(settings.sources, raw.outlet(), limit, counters);
    }

    private void prepareThread(String name, Runnable loop) {
        threads.add(Thread.ofPlatform().daemon().name(name).unstarted(() -> {
            try {
                loop.run();
            } catch (Throwable e) { // a bug: without its thread the tunnel would be silently half dead
                stop.fail("the loop " + name + " failed", e);
                if (e instanceof LinkageError broken) {
                    throw broken; // no other tunnel would do better
                }
            }
        }));
    }

    private boolean allEnded() {
        boolean interrupted = false;
        long deadline = System.nanoTime() + JOIN_MILLIS * 1_000_000L;
        for (Thread thread : threads) {
            while (thread.isAlive() && System.nanoTime() < deadline) {
                try {
                    thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return threads.stream().noneMatch(Thread::isAlive);
    }

    /// What was created so far, in case the rest cannot be.
    private static final class Resources {
        private final List<AutoCloseable> made = new ArrayList<>();

        <T extends AutoCloseable> T keep(T resource) {
            made.add(resource);
            return resource;
        }

        void close() {
            for (AutoCloseable resource : made.reversed()) {
                try {
                    resource.close();
                } catch (Exception e) {
                    throw new AssertionError("closing a descriptor does not fail", e);
                }
            }
        }
    }
}
