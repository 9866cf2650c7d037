package jflannel.ipsec;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmPolicy.Direction;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Finding;
import jflannel.testing.Host;
import jflannel.testing.OwnNetns;
import jflannel.vici.Section;
import jflannel.vici.ViciClient;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Two hosts, each with a real charon. What needs the kernel's ESP is in IpsecGuestTests.
@ExtendWith(OwnNetns.class)
class IpsecKeeperIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Credentials KEY = new Credentials.SharedKey("k".repeat(96));

    @TempDir
    Path folder;

    private Node one;
    private Node two;

    /// A host with what keeps its charon.
    private final class Node {
        final Host host;
        final int number;
        final Path socket;
        final Board board = new Board();
        IpsecKeeper keeper;

        Node(int number) throws Exception {
            this.number = number;
            host = new Host("node-" + number);
            socket = folder.resolve(number + "-charon.vici");
            keeper = new IpsecKeeper(socket, board);
        }

        void keep(Credentials credentials) throws Exception {
            int other = 3 - number;
            IkeSettings settings = new IkeSettings(
                    Map.of(Family.IPV4, Ip.parse("192.0.2." + number)), credentials, "aes128gcm16-ecp256", false);
            XfrmPolicy policy = new XfrmPolicy(
                    Direction.OUT,
                    Cidr.parse("10.5." + number + ".0/24"),
                    Cidr.parse("10.5." + other + ".0/24"),
                    Ip.parse("192.0.2." + number),
                    Ip.parse("192.0.2." + other),
                    XfrmPolicy.OURS);
            keep(Optional.of(settings), List.of(policy));
        }

        void keep(Optional<IkeSettings> settings, List<XfrmPolicy> policies) throws Exception {
            host.call(() -> {
                keeper.keep(settings, policies, true);
                return null;
            });
        }

        List<Section> ask(String command, String event) throws IOException {
            try (ViciClient client = new ViciClient(socket)) {
                return client.stream(command, event);
            }
        }

        List<Long> processes() throws Exception {
            return host.call(() -> new Charon(socket)
                    .processes().stream().map(ProcessHandle::pid).toList());
        }

        String detail(Condition condition) {
            return board.status().findings().stream()
                    .filter(finding -> finding.condition() == condition)
                    .map(Finding::detail)
                    .findFirst()
                    .orElse("");
        }

        void end() throws Exception {
            keeper.close();
            host.call(() -> {
                new Charon(socket).stop();
                return null;
            });
            host.close();
        }
    }

    @BeforeEach
    void connectTwoHosts() throws Exception {
        assumeTrue(Charon.program().isPresent(), "strongSwan's charon is not installed");
        one = new Node(1);
        two = new Node(2);
        sh("ip link add name left type veth peer name right; ip link set left netns %d; ip link set right netns %d"
                .formatted(one.host.netns(), two.host.netns()));
        one.host.sh("ip address add 192.0.2.1/24 dev left; ip link set left up");
        two.host.sh("ip address add 192.0.2.2/24 dev right; ip link set right up");
    }

    @AfterEach
    void endCharons() throws Exception {
        one.end();
        two.end();
    }

    @Test
    void outlivesItsDaemonAndIsStartedAgainWhenItDies() throws Exception {
        one.keep(KEY);
        two.keep(KEY);
        await().atMost(PATIENCE).ignoreExceptions().until(() -> isEstablished(one));
        long first = one.processes().getFirst();

        one.keeper.close();
        one.keeper = new IpsecKeeper(one.socket, one.board);
        one.keep(KEY);
        await().atMost(PATIENCE).until(() -> !one.keeper.states().isEmpty());
        assertThat(one.processes()).containsExactly(first);
        assertThat(isEstablished(one)).isTrue();

        ProcessHandle.of(first).orElseThrow().destroyForcibly();
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> one.processes().size() == 1 && one.processes().getFirst() != first && isEstablished(one));
        assertThat(one.ask("list-conns", "list-conn")).hasSize(1);

        one.keep(Optional.empty(), List.of());
        await().atMost(PATIENCE).until(() -> one.processes().isEmpty());
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.startsWith("1-"));
        }
    }

    private static boolean isEstablished(Node node) throws IOException {
        return node.ask("list-sas", "list-sa").stream()
                .flatMap(event -> event.sections().values().stream())
                .anyMatch(sa -> sa.text("state").equals("ESTABLISHED"));
    }

    @Test
    void aPeerWithAnotherKeyIsNamed() throws Exception {
        one.keep(KEY);
        two.keep(new Credentials.SharedKey("x".repeat(96)));
        for (Node node : List.of(one, two)) {
            await().atMost(PATIENCE)
                    .until(() -> node.detail(Condition.IPSEC_PEERS).contains("PSK"));
            assertThat(node.detail(Condition.IPSEC_PEERS)).contains("192.0.2." + (3 - node.number));
        }
    }

    @Test
    void aPortThatIsTakenIsNamed() throws Exception {
        DatagramSocket taken = one.host.call(() -> new DatagramSocket(500));
        one.keep(KEY);
        await().atMost(PATIENCE).until(() -> one.detail(Condition.IPSEC_FAILING).contains("UDP port 500 is taken"));
        taken.close();
        await().atMost(PATIENCE).until(() -> one.processes().size() == 1);
        await().atMost(PATIENCE).until(() -> one.detail(Condition.IPSEC_FAILING).isEmpty());
    }

    @Test
    void nodesKnowEachOtherByCertificates() throws Exception {
        sh("cd %s; openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 2 2>&1"
                .formatted(folder));
        for (int node : new int[] {1, 2}) {
            certify("node" + node, "IP:192.0.2." + node);
        }
        one.keep(certificate("node1"));
        two.keep(certificate("node2"));
        await().atMost(PATIENCE).ignoreExceptions().until(() -> isEstablished(one));

        String old = certificateSent(one);
        Files.delete(folder.resolve("node1.key")); // as while somebody replaces the files
        await().atMost(PATIENCE)
                .until(() -> one.detail(Condition.IPSEC_FAILING).contains("the former ones stay in use"));
        certify("node1", "IP:192.0.2.1");
        await().atMost(PATIENCE)
                .ignoreExceptions()
                .until(() -> !certificateSent(one).equals(old));
        await().atMost(PATIENCE).until(() -> one.detail(Condition.IPSEC_FAILING).isEmpty());
        assertThat(isEstablished(one)).as("what was negotiated lives on").isTrue();
        endNegotiated(one);
        await().atMost(PATIENCE).ignoreExceptions().until(() -> isEstablished(one));
    }

    /// What charon has been told to prove its identity with.
    private static String certificateSent(Node node) throws IOException {
        return node.ask("list-certs", "list-cert").stream()
                .filter(cert -> cert.isYes("has_privkey"))
                .map(Section::toString)
                .sorted()
                .toList()
                .toString();
    }

    private static void endNegotiated(Node node) throws IOException {
        try (ViciClient client = new ViciClient(node.socket)) {
            for (Section event : node.ask("list-sas", "list-sa")) {
                for (Section sa : event.sections().values()) {
                    client.ask(
                            "terminate",
                            Section.EMPTY.with("ike-id", sa.text("uniqueid")).with("timeout", "-1"));
                }
            }
        }
    }

    private void certify(String name, String alternative) throws IOException {
        sh("""
                cd %s
                openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out %2$s.key
                openssl req -new -key %2$s.key -subj /CN=%2$s -out %2$s.csr
                openssl x509 -req -in %2$s.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 1 -out %2$s.crt \
                    -extfile <(echo subjectAltName=%3$s) 2>&1
                chmod 0600 %2$s.key
                """.formatted(folder, name, alternative));
    }

    private Credentials.Certificate certificate(String name) {
        return new Credentials.Certificate(
                folder.resolve(name + ".crt"), folder.resolve(name + ".key"), folder.resolve("ca.crt"));
    }

    @Test
    void filesThatDoNotFitAreNamed() throws Exception {
        sh("cd %s; openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 2 2>&1"
                .formatted(folder));
        certify("good", "IP:192.0.2.1");
        certify("other", "IP:192.0.2.9");
        List<Ip> names = List.of(Ip.parse("192.0.2.1"));
        assertThat(KeyFiles.read(certificate("good"), names).toString()).doesNotContain("BEGIN");
        assertRefused(certificate("other"), "does not name this node's address 192.0.2.1");
        Credentials.Certificate mixed = new Credentials.Certificate(
                folder.resolve("good.crt"), folder.resolve("other.key"), folder.resolve("ca.crt"));
        assertRefused(mixed, "is not the key of");
        assertRefused(certificate("none"), "there is no file");
        assertRefused(
                new Credentials.Certificate(
                        folder.resolve("good.crt"), folder.resolve("good.key"), folder.resolve("other.crt")),
                "was not signed by");
        sh("chmod 0640 " + folder.resolve("good.key"));
        assertRefused(certificate("good"), "chmod 0600");
    }

    private static void assertRefused(Credentials.Certificate files, String words) {
        assertThatThrownBy(() -> KeyFiles.read(files, List.of(Ip.parse("192.0.2.1"))))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(words);
    }
}
