package jflannel.live;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import jflannel.dataplane.TokenBucket;
import jflannel.ip.Ip;
import jflannel.lease.ConfigException;
import jflannel.status.Board;
import jflannel.trace.Cluster;
import jflannel.trace.KernelView;
import jflannel.trace.Live;
import jflannel.trace.Trace;
import jflannel.trace.Walker;
import jflannel.work.Worker;

/// Watches this node's devices for the probe of another node that has the same [TraceKey], and says where it was seen,
/// and when. Nothing else of any packet leaves the node. See [Message] for what they say to each other.
public final class Witness implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Witness.class.getName());
    private static final int HELLOS_PER_SECOND = 10;
    private static final int WATCHES_PER_SECOND = 1;
    private static final int BURST = 5;

    /// Who the peers are, now.
    @FunctionalInterface
    public interface Clusters {
        Cluster now() throws IOException;
    }

    private final KeyFile keys;
    private TraceKey key;
    private final DatagramChannel channel;
    private final Clusters clusters;
    private final Challenges challenges = new Challenges(System::nanoTime);
    private final TokenBucket hellos = new TokenBucket(HELLOS_PER_SECOND, BURST, System::nanoTime);
    private final TokenBucket watches = new TokenBucket(WATCHES_PER_SECOND, BURST, System::nanoTime);
    private final ByteBuffer buffer = ByteBuffer.allocate(Message.MOST_BYTES + 1); // so that a longer one is noticed
    private final Worker worker;

    private Witness(KeyFile keys, DatagramChannel channel, Clusters clusters, Board board) {
        this.keys = keys;
        this.channel = channel;
        this.clusters = clusters;
        this.worker = Worker.start("trace-witness", board, this::turn, this::end);
    }

    /// @param key the file with the key; it may be replaced
    /// @param port UDP port to listen on, at all addresses
    /// @throws IOException if the key cannot be used, or the port is taken
    public static Witness start(Path key, int port, Clusters clusters, Board board) throws IOException {
        KeyFile keys = new KeyFile(key);
        DatagramChannel channel = DatagramChannel.open();
        try {
            channel.bind(new InetSocketAddress(port));
        } catch (IOException e) {
            channel.close();
            throw new IOException("UDP port %d: %s".formatted(port, e.getMessage()), e);
        }
        return new Witness(keys, channel, clusters, board);
    }

    private void turn() throws IOException, InterruptedException {
        buffer.clear();
        try {
            SocketAddress from = channel.receive(buffer);
            key = keys.now();
            Optional<Message> message = Message.opened(key, buffer.array(), buffer.position());
            if (message.isPresent()) {
                answer(message.get(), from);
            }
        } catch (ClosedByInterruptException e) {
            throw new InterruptedException();
        }
    }

    private void answer(Message message, SocketAddress from) throws IOException {
        if (message.kind() == Message.Kind.HELLO && hellos.take()) {
            byte[] number = challenges.make(message.tracer(), from);
            send(message.answer(Message.Kind.CHALLENGE, number, new byte[0]), from);
        } else if (message.kind() == Message.Kind.WATCH
                && challenges.redeem(message.witness(), message.tracer(), from)
                && watches.take()) {
            Optional<Probe> probe = Watch.probe(message.body());
            if (probe.isPresent()) {
                watch(probe.get(), message, from);
            }
        }
    }

    private void watch(Probe probe, Message request, SocketAddress from) throws IOException {
        try (KernelView view = new KernelView()) {
            Cluster cluster = clusters.now();
            Ip destination = probe.question().destination();
            if (!cluster.isOwn(destination) && !isHere(view, destination)) {
                refuse(destination + " is no address of this node or its pods", request, from);
                return;
            }
            view.prepare(destination);
            Trace trace = Walker.walk(probe.question(), view, cluster);
            Set<Integer> ports = Places.tunnelPorts(view, cluster.tunnelPort());
            try (Taps taps = Taps.on(Places.of(trace, view), ports, probe)) {
                LOG.log(Level.INFO, "{0} traces a packet to {1}", from, destination);
                send(request.answer(Message.Kind.WATCHING, request.witness(), Watch.refusal("")), from);
                Live live = taps.watch();
                send(request.answer(Message.Kind.SEEN, request.witness(), Watch.of(live.sightings())), from);
            }
        } catch (ConfigException e) {
            refuse(e.getMessage(), request, from);
        }
    }

    private static boolean isHere(KernelView view, Ip ip) throws IOException {
        return view.addresses().stream()
                .anyMatch(address -> address.address().ip().equals(ip));
    }

    private void refuse(String why, Message request, SocketAddress from) throws IOException {
        send(request.answer(Message.Kind.WATCHING, request.witness(), Watch.refusal(why)), from);
    }

    private void send(Message message, SocketAddress to) throws IOException {
        channel.send(ByteBuffer.wrap(message.sealed(key)), to);
    }

    private void end() {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "closing the witness", e);
        }
    }

    @Override
    public void close() {
        worker.close();
    }
}
