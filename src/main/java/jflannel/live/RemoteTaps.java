package jflannel.live;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import jflannel.ip.Ip;
import jflannel.trace.Sighting;

/// The taps of another node's [Witness], for one probe.
final class RemoteTaps implements AutoCloseable {
    private static final int HELLOS = 4;
    private static final Duration HELLO_PATIENCE = Duration.ofMillis(700);
    /// To follow the packet, the other node lists its firewall rules.
    private static final Duration WALK_PATIENCE = Duration.ofSeconds(8);
    private static final Duration SEEN_PATIENCE = Duration.ofSeconds(4);

    private final TraceKey key;
    private final InetAddress host;
    private final int port;
    private final DatagramSocket socket;
    private final byte[] number = new byte[Message.NUMBER_BYTES];
    private byte[] theirs = new byte[Message.NUMBER_BYTES];

    private RemoteTaps(WitnessAccess access, Ip host) throws IOException {
        this.key = access.key();
        this.host = InetAddress.getByAddress(host.bytes());
        this.port = access.port();
        this.socket = new DatagramSocket();
        new SecureRandom().nextBytes(number);
    }

    /// The other node does not watch.
    static final class Unwatched extends Exception {
        private static final long serialVersionUID = 1;

        Unwatched(String why) {
            super(why);
        }
    }

    /// Has the other node watch.
    ///
    /// @throws Unwatched with the reason why it does not
    static RemoteTaps on(WitnessAccess access, Ip host, Probe probe) throws IOException, Unwatched {
        RemoteTaps taps = new RemoteTaps(access, host);
        try {
            taps.begin(probe);
            return taps;
        } catch (IOException e) {
            taps.close();
            throw new Unwatched(e.getMessage());
        } catch (Unwatched | RuntimeException e) {
            taps.close();
            throw e;
        }
    }

    private void begin(Probe probe) throws IOException, Unwatched {
        theirs = challenge().witness();
        send(Message.Kind.WATCH, Watch.of(probe));
        Message answer = await(Message.Kind.WATCHING, WALK_PATIENCE)
                .orElseThrow(() -> new Unwatched("it does not begin to watch"));
        if (answer.body().length > 0) {
            throw new Unwatched(Watch.refusal(answer.body()));
        }
    }

    private Message challenge() throws IOException, Unwatched {
        for (int i = 0; i < HELLOS; i++) {
            send(Message.Kind.HELLO, new byte[0]);
            Optional<Message> answer = await(Message.Kind.CHALLENGE, HELLO_PATIENCE);
            if (answer.isPresent()) {
                return answer.get();
            }
        }
        throw new Unwatched("nobody with the same --trace-key answers at UDP port " + port);
    }

    /// What was seen there, once the probe was sent. Times are those of the other node, from its first sighting on.
    Optional<List<Sighting>> sightings() throws IOException {
        return await(Message.Kind.SEEN, SEEN_PATIENCE).flatMap(message -> Watch.sightings(message.body()));
    }

    private void send(Message.Kind kind, byte[] body) throws IOException {
        byte[] bytes = new Message(kind, number, theirs, body).sealed(key);
        socket.send(new DatagramPacket(bytes, bytes.length, host, port));
    }

    /// From whatever address the answer comes: who has the key counts.
    private Optional<Message> await(Message.Kind kind, Duration patience) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        DatagramPacket datagram = new DatagramPacket(new byte[Message.MOST_BYTES + 1], Message.MOST_BYTES + 1);
        long left = patience.toMillis();
        while (left > 0) {
            socket.setSoTimeout((int) left);
            try {
                datagram.setLength(Message.MOST_BYTES + 1);
                socket.receive(datagram);
            } catch (SocketTimeoutException e) {
                return Optional.empty();
            }
            Optional<Message> message = Message.opened(key, datagram.getData(), datagram.getLength())
                    .filter(it -> it.kind() == kind && it.isFor(number))
                    .filter(it -> kind == Message.Kind.CHALLENGE || Arrays.equals(it.witness(), theirs));
            if (message.isPresent()) {
                return message;
            }
            left = (end - System.nanoTime()) / 1_000_000;
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        socket.close();
    }
}
