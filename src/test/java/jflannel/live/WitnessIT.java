package jflannel.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import jflannel.foreign.Packet;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.testing.OwnNetns;
import jflannel.trace.Question;
import jflannel.trace.Sighting;
import jflannel.trace.Trace;
import jflannel.trace.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Two daemons with one key: a live trace of the one sees the devices of the other.
@ExtendWith(OwnNetns.class)
class WitnessIT {
    private static final int PORT = 8286;
    private static final int SILENCE_MILLIS = 500;
    private static final String LISTENS = "ss -Hlun 'sport = " + PORT + "' | wc -l";

    @TempDir
    private Path folder;

    @Test
    void theOtherNodeSaysWhatItSawToWhoHasTheKey() throws Exception {
        Path file = Files.writeString(folder.resolve("trace.key"), "0123456789abcdef".repeat(4));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        LabSetup setup = LabSetup.of(Scenario.VXLAN)
                .withFamilies(EnumSet.allOf(Family.class))
                .withFlags("--trace-key=" + file);
        try (Lab lab = Lab.with(setup)) {
            for (LabNode node : lab.nodes()) { // as in any pod, a process is in it, by which its namespace is found
                node.pod().start("sleep.log", "sleep", "infinity");
            }
            for (Family family : Family.values()) {
                assertThat(lab.reach(1, 2, family, 10)).isNotNegative();
                theProbeIsSeenOnBothNodes(lab, family);
            }
            whereItIsLostIsNamed(lab);
            nobodyElseIsAnswered(lab, TraceKey.read(file));
            aServiceIsFollowedToItsPod(lab);
            aReplacedKeyIsFollowed(lab, file);
            withoutTheKeyNothingListens(lab);
        }
    }

    /// By the addresses that the other node sees.
    private static void aServiceIsFollowedToItsPod(Lab lab) throws IOException {
        LabNode here = lab.node(1);
        Ip pod = lab.node(2).podAddress(Family.IPV4);
        String rule = "iptables -t nat -%s PREROUTING -d 10.96.0.10/32 -p udp --dport 53 -j DNAT --to-destination "
                + pod + ":5353";
        here.sh(rule.formatted("A"));
        Trace trace =
                here.liveTrace(new Question(here.podAddress(Family.IPV4), Ip.parse("10.96.0.10"), Packet.UDP, 53));
        here.sh(rule.formatted("D"));
        Ip host = lab.node(2).address(Family.IPV4);
        assertThat(trace.end().destination()).isEqualTo(pod);
        assertThat(trace.live().orElseThrow().sightings())
                .as("%s", trace)
                .anyMatch(seen -> seen.device().equals("cni0 of " + host)
                        && seen.request().isPresent());
    }

    private static void aReplacedKeyIsFollowed(Lab lab, Path file) throws IOException {
        TraceKey former = TraceKey.read(file);
        Files.writeString(file, "too short");
        theProbeOfTheFormerKey(lab, former, true);
        Path next = Files.writeString(file.resolveSibling("next.key"), "fedcba9876543210".repeat(4));
        Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-------"));
        Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
        theProbeIsSeenOnBothNodes(lab, Family.IPV4);
        theProbeOfTheFormerKey(lab, former, false);
    }

    private static void theProbeOfTheFormerKey(Lab lab, TraceKey former, boolean answered) throws IOException {
        InetAddress host =
                InetAddress.getByAddress(lab.node(2).address(Family.IPV4).bytes());
        byte[] number = new byte[Message.NUMBER_BYTES];
        byte[] hello = new Message(Message.Kind.HELLO, number, number, new byte[0]).sealed(former);
        Optional<byte[]> answer = lab.node(1).host().call(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.setSoTimeout(SILENCE_MILLIS);
                return answer(socket, host, hello);
            }
        });
        assertThat(answer.isPresent()).isEqualTo(answered);
    }

    private static Question echo(Lab lab, Family family) {
        return Question.echo(lab.node(1).podAddress(family), lab.node(2).podAddress(family));
    }

    private static void theProbeIsSeenOnBothNodes(Lab lab, Family family) throws IOException {
        Trace trace = lab.node(1).liveTrace(echo(lab, family));
        Ip host = lab.node(2).address(family);
        List<Sighting> seen = trace.live().orElseThrow().sightings();
        assertThat(seen)
                .as("%s", trace)
                .allMatch(sighting ->
                        sighting.request().isPresent() && sighting.reply().isPresent());
        assertThat(seen.stream().map(Sighting::device).filter(device -> device.endsWith(" of " + host)))
                .as("%s", trace)
                .contains("eth0 of " + host, "cni0 of " + host)
                .anyMatch(device -> device.startsWith("flannel"));
        assertThat(seen)
                .isSortedAccordingTo((a, b) ->
                        Long.compare(a.request().getAsLong(), b.request().getAsLong()));
        assertThat(trace.verdict()).isEqualTo(Verdict.OK);
    }

    private static void whereItIsLostIsNamed(Lab lab) throws IOException {
        LabNode there = lab.node(2);
        there.sh("iptables -I FORWARD -o cni0 -j DROP");
        Trace trace = lab.node(1).liveTrace(echo(lab, Family.IPV4));
        there.sh("iptables -D FORWARD -o cni0 -j DROP");
        int broken = trace.broken().orElseThrow();
        Ip host = there.address(Family.IPV4);
        assertThat(trace.hops().get(broken).node()).isEqualTo(host.toString());
        // the other node follows the packet to the rule that drops it, and watches what is before
        assertThat(trace.live().orElseThrow().sightings())
                .anyMatch(sighting -> sighting.device().startsWith("flannel")
                        && sighting.device().endsWith(" of " + host)
                        && sighting.request().isPresent())
                .noneMatch(sighting -> sighting.device().equals("cni0 of " + host)
                        && sighting.request().isPresent());
    }

    /// Messages of somebody who has no key, who changed one, or who repeats one.
    private static void nobodyElseIsAnswered(Lab lab, TraceKey key) throws IOException {
        LabNode there = lab.node(2);
        InetAddress host = InetAddress.getByAddress(there.address(Family.IPV4).bytes());
        Question question = echo(lab, Family.IPV4);
        byte[] number = new byte[Message.NUMBER_BYTES];
        byte[] hello = new Message(Message.Kind.HELLO, number, number, new byte[0]).sealed(key);
        lab.node(1).host().call(() -> {
            try (DatagramSocket socket = new DatagramSocket()) {
                socket.setSoTimeout(SILENCE_MILLIS);
                assertThat(answer(socket, host, changed(hello))).isEmpty();
                assertThat(answer(socket, host, new byte[0])).isEmpty();
                assertThat(answer(
                                socket, host, new Message(Message.Kind.SEEN, number, number, new byte[0]).sealed(key)))
                        .as("an answer")
                        .isEmpty();
                byte[] answer = answer(socket, host, hello).orElseThrow();
                Message challenge = Message.opened(key, answer, answer.length).orElseThrow();
                byte[] body = Watch.of(new Probe(question, 50_000, 1));
                byte[] watch = challenge
                        .answer(Message.Kind.WATCH, challenge.witness(), body)
                        .sealed(key);
                byte[] elsewhere = challenge
                        .answer(Message.Kind.WATCH, new byte[Message.NUMBER_BYTES], body)
                        .sealed(key);
                assertThat(answer(socket, host, elsewhere))
                        .as("another's number")
                        .isEmpty();
                socket.setSoTimeout(10_000);
                assertThat(answer(socket, host, watch)).isPresent(); // WATCHING
                assertThat(received(socket)).isPresent(); // SEEN
                socket.setSoTimeout(SILENCE_MILLIS);
                assertThat(answer(socket, host, watch)).as("a repetition").isEmpty();
            }
            return null;
        });
    }

    private static byte[] changed(byte[] message) {
        byte[] changed = message.clone();
        changed[40] ^= 1;
        return changed;
    }

    private static Optional<byte[]> answer(DatagramSocket socket, InetAddress host, byte[] message) throws IOException {
        socket.send(new DatagramPacket(message, message.length, host, PORT));
        return received(socket);
    }

    private static Optional<byte[]> received(DatagramSocket socket) throws IOException {
        DatagramPacket datagram = new DatagramPacket(new byte[2000], 2000);
        try {
            socket.receive(datagram);
            return Optional.of(Arrays.copyOf(datagram.getData(), datagram.getLength()));
        } catch (SocketTimeoutException e) {
            return Optional.empty();
        }
    }

    private static void withoutTheKeyNothingListens(Lab lab) throws IOException {
        LabNode there = lab.node(2);
        assertThat(there.sh(LISTENS)).isEqualTo("1");
        there.flanneld().terminate(10);
        there.startFlanneld("--trace-key=");
        there.awaitReady();
        assertThat(there.sh(LISTENS)).isEqualTo("0");
        Trace trace = lab.node(1).liveTrace(echo(lab, Family.IPV4));
        assertThat(trace.verdict()).isEqualTo(Verdict.OK);
        assertThat(trace.notes())
                .anyMatch(note -> note.endsWith("nobody with the same --trace-key answers at UDP port 8286."))
                .anyMatch(note -> note.startsWith("Only devices of this node were watched."));
    }
}
