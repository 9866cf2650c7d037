package jflannel.lab.bench;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import jflannel.ip.Ip;
import jflannel.lab.LabHost;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.netlink.Answer;
import jflannel.netlink.EventSocket;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Rtnetlink;

/// Stands in for a network plugin that judges connections in a program, as `kube-network-policies` does: the kernel
/// queues the first packet of each (NFQUEUE), and waits for a verdict. This program looks whether it knows the two
/// addresses, and accepts. A real one has policies to evaluate beside, so it cannot be faster for the same reason; it
/// is written in another language, though.
final class FirstPacketQueue implements AutoCloseable {
    private static final int NETLINK_NETFILTER = 12;
    private static final int SUBSYSTEM = 3;
    private static final int PACKET = 0;
    private static final int VERDICT = 1;
    private static final int CONFIGURE = 2;
    private static final int NUMBER = 100;
    private static final int COPIED_BYTES = 128;
    private static final int PACKET_HEADER = 1;
    private static final int PAYLOAD = 10;
    private static final int ACCEPT = 1;
    private static final int DROP = 0;
    private static final int IDLE_MILLIS = 100;
    private static final int SOURCE = 12;
    private static final int DESTINATION = 16;

    private final Set<Ip> known;
    private final EventSocket socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment out = arena.allocate(256, 8);
    private final MemorySegment state = Libc.callState(arena);
    private final MemorySegment pollfds;
    private final Thread reader;
    private volatile boolean closed;

    /// Sends first packets from and to pods through this program.
    ///
    /// @param node whose packets these are
    /// @param known addresses of pods
    static FirstPacketQueue on(LabHost node, Set<Ip> known) throws IOException {
        FirstPacketQueue queue = node.call(() -> new FirstPacketQueue(known));
        node.sh("iptables -t mangle -A POSTROUTING -m conntrack --ctstate NEW -p tcp -j NFQUEUE --queue-num " + NUMBER
                + "; iptables -t mangle -A POSTROUTING -m conntrack --ctstate NEW -p udp -j NFQUEUE --queue-num "
                + NUMBER);
        return queue;
    }

    private FirstPacketQueue(Set<Ip> known) throws KernelException {
        this.known = Set.copyOf(known);
        this.socket = new EventSocket(NETLINK_NETFILTER, 0);
        this.pollfds = Libc.pollfds(arena, socket.fd());
        send(CONFIGURE, message -> message.attribute(1, new byte[] {1, 0, 0, 0})); // bind
        send(CONFIGURE, message -> message.attribute(2, new byte[] {0, 0, 0, (byte) COPIED_BYTES, 2})); // copy packets
        // a thread is born into its parent's namespace, here the node's
        this.reader = Thread.ofPlatform().daemon().name("queue").start(this::run);
    }

    private void run() {
        try {
            while (!closed) {
                Libc.poll(pollfds, IDLE_MILLIS, state);
                Optional<List<Answer>> messages = socket.drain();
                for (Answer message : messages.orElse(List.of())) {
                    if (message.type() == (SUBSYSTEM << 8 | PACKET)) {
                        judge(message);
                    }
                }
            }
        } catch (KernelException e) {
            throw new IllegalStateException(e);
        } finally {
            socket.close();
            arena.close();
        }
    }

    private void judge(Answer message) throws KernelException {
        MessageReader in = new MessageReader("queued packet", message.body()).skip(4);
        byte[] id = new byte[4];
        boolean accepted = false;
        while (in.nextAttribute()) {
            if (in.attributeType() == PACKET_HEADER) {
                System.arraycopy(in.bytesAttribute(), 0, id, 0, 4);
            } else if (in.attributeType() == PAYLOAD) {
                byte[] packet = in.bytesAttribute();
                accepted = known.contains(address(packet, SOURCE)) || known.contains(address(packet, DESTINATION));
            }
        }
        byte[] verdict =
                ByteBuffer.allocate(8).putInt(accepted ? ACCEPT : DROP).put(id).array();
        send(VERDICT, to -> to.attribute(2, verdict));
    }

    private static Ip address(byte[] packet, int at) {
        byte[] bytes = new byte[4];
        System.arraycopy(packet, at, bytes, 0, 4);
        return Ip.of(bytes);
    }

    /// Without waiting for an answer: there is none.
    private void send(int type, Consumer<MessageWriter> content) throws KernelException {
        MessageWriter body = new MessageWriter().u8(0).u8(0).u8(NUMBER >>> 8).u8(NUMBER);
        content.accept(body);
        byte[] bytes = body.bytes();
        ByteBuffer message = ByteBuffer.allocate(Answer.HEADER + bytes.length).order(ByteOrder.nativeOrder());
        message.putInt(message.limit())
                .putShort((short) (SUBSYSTEM << 8 | type))
                .putShort((short) Rtnetlink.NLM_F_REQUEST)
                .putInt(0)
                .putInt(0)
                .put(bytes);
        MemorySegment.copy(message.array(), 0, out, JAVA_BYTE, 0, message.limit());
        long sent = Libc.send(socket.fd().number(), out, message.limit(), 0, state);
        if (sent < 0) {
            throw new KernelException("send to a packet queue", (int) -sent, null);
        }
    }

    @Override
    public void close() {
        closed = true; // the reader sees it soon
        try {
            reader.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
