package jflannel.ipsec;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.Device;
import jflannel.kernel.Dummy;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.kernel.RouteSocket;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmPolicy.Direction;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.testing.Host;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Packets that the kernel encrypts with keys that real charons negotiate; run by KernelBackendsIT, on a kernel with
/// ESP. IPv6 among the pods travels over IPv4 between the hosts.
@ExtendWith(OwnNetns.class)
public class EncryptionGuestTests {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Credentials KEY = new Credentials.SharedKey("k".repeat(96));
    private static final Pattern LOST = Pattern.compile("(\\d+) packets transmitted, (\\d+) received");

    @TempDir
    Path folder;

    private Node one;
    private Node two;

    private final class Node {
        final Host host;
        final int number;
        final Path socket;
        final Board board = new Board();
        final List<XfrmPolicy> policies = new ArrayList<>();
        IpsecKeeper keeper;

        Node(int number) throws Exception {
            this.number = number;
            host = new Host("node-" + number);
            socket = folder.resolve(number + "-charon.vici");
            keeper = new IpsecKeeper(socket, board);
            int other = 3 - number;
            Ip here = Ip.parse("192.0.2." + number);
            Ip there = Ip.parse("192.0.2." + other);
            for (String pods : List.of("10.5.%d.0/24", "fd05:0:0:%d::/64")) {
                Cidr own = Cidr.parse(pods.formatted(number));
                Cidr peer = Cidr.parse(pods.formatted(other));
                policies.add(new XfrmPolicy(Direction.OUT, own, peer, here, there, XfrmPolicy.OURS));
                policies.add(new XfrmPolicy(Direction.IN, peer, own, there, here, XfrmPolicy.OURS));
                policies.add(new XfrmPolicy(Direction.FWD, peer, own, there, here, XfrmPolicy.OURS));
            }
        }

        void program() throws Exception {
            host.call(() -> {
                try (Kernel kernel = new RouteSocket()) {
                    Link link = kernel.create(new Device("flannelx", new Dummy(), null, 1423));
                    List<KernelObject> objects = new ArrayList<>(policies);
                    for (XfrmPolicy policy : policies) {
                        if (policy.direction() == Direction.OUT) {
                            Cidr own = policy.source();
                            objects.add(new Address(
                                    link.index(), own.address(), own.family().bits()));
                            objects.add(Route.through(policy.destination(), link.index()));
                        }
                    }
                    Ownership ours = Ownership.of(java.util.Set.of(link.index()), _ -> false)
                            .withPolicies(_ -> true);
                    Outcome outcome = kernel.converge(ours, objects);
                    assertThat(outcome.refused()).isEmpty();
                    assertThat(kernel.converge(ours, objects).changed()).isFalse();
                }
                return null;
            });
        }

        void keep(String proposal) throws Exception {
            keep(proposal, KEY, false);
        }

        void keep(String proposal, Credentials credentials, boolean inUdp) throws Exception {
            IkeSettings settings =
                    new IkeSettings(Map.of(Family.IPV4, Ip.parse("192.0.2." + number)), credentials, proposal, inUdp);
            host.call(() -> {
                keeper.keep(Optional.of(settings), policies, true);
                return null;
            });
        }

        List<ProcessHandle> processes() throws Exception {
            return host.call(() -> new Charon(socket).processes());
        }

        boolean isUp() {
            return keeper.states().size() == 2
                    && keeper.states().values().stream().allMatch(SecurityAssociation::up);
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
        one = new Node(1);
        two = new Node(2);
        sh("ip link add name left type veth peer name right; ip link set left netns %d; ip link set right netns %d"
                .formatted(one.host.netns(), two.host.netns()));
        one.host.sh("ip address add 192.0.2.1/24 dev left; ip link set left up");
        two.host.sh("ip address add 192.0.2.2/24 dev right; ip link set right up");
        one.program();
        two.program();
    }

    @AfterEach
    void endCharons() throws Exception {
        one.end();
        two.end();
    }

    @Test
    void packetsAreEncryptedAndNoneIsLostWhateverEnds() throws Exception {
        assertThat(lost(one.host.sh("ping -q -c 3 -i 0.2 -W 1 10.5.2.0 || true")))
                .isEqualTo(3); // nor in clear
        one.keep("aes128gcm16-sha256-prfsha256-ecp256");
        two.keep("aes128gcm16-sha256-prfsha256-ecp256");
        await().atMost(PATIENCE).until(() -> one.isUp() && two.isUp());
        assertThat(lost(one.host.sh("ping -q -c 3 -i 0.2 10.5.2.0"))).isZero();
        assertThat(lost(two.host.sh("ping -q -c 3 -i 0.2 fd05:0:0:1::"))).isZero();
        assertThat(one.host.sh("ip -s xfrm state")).contains("proto esp").contains("reqid 11");
        await().atMost(PATIENCE)
                .until(() -> one.keeper.states().values().iterator().next().bytesOut() > 0);

        Process ping = one.host.call(
                () -> new ProcessBuilder("ping", "-q", "-c", "200", "-i", "0.05", "-W", "5", "10.5.2.0").start());
        one.keeper.close();
        one.keeper = new IpsecKeeper(one.socket, one.board);
        one.keep("aes128gcm16-sha256-prfsha256-ecp256");
        await().atMost(PATIENCE).until(one::isUp);
        String afterRestart = new String(ping.getInputStream().readAllBytes());
        assertThat(lost(afterRestart)).as(afterRestart).isZero();

        long start = System.nanoTime();
        one.host.sh("ip xfrm state flush");
        one.host.call(() -> {
            one.keeper.look(); // as the kernel's news make the daemon do
            return null;
        });
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> lost(one.host.sh("ping -q -c 1 -W 1 10.5.2.0 || true")) == 0);
        System.out.printf("keys that were flushed are renewed after %d ms%n", (System.nanoTime() - start) / 1_000_000);

        ping = one.host.call(
                () -> new ProcessBuilder("ping", "-q", "-c", "400", "-i", "0.05", "-W", "5", "10.5.2.0").start());
        long pid = one.processes().getFirst().pid();
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        await().atMost(PATIENCE).ignoreExceptions().until(() -> {
            List<ProcessHandle> now = one.processes();
            return now.size() == 1 && now.getFirst().pid() != pid;
        });
        await().atMost(PATIENCE).until(one::isUp);
        String afterDeath = new String(ping.getInputStream().readAllBytes());
        System.out.println("after charon was killed: " + afterDeath);
        assertThat(lost(afterDeath)).as(afterDeath).isLessThan(20); // a second of an emulated machine
        assertThat(one.board.status().findings()).noneMatch(it -> it.condition() == Condition.IPSEC_FAILING);
    }

    @Test
    void nodesWithCertificatesEncryptInsideUdp() throws Exception {
        sh("cd %s; openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -subj /CN=ca -days 2 2>&1"
                .formatted(folder));
        for (Node node : List.of(one, two)) {
            sh("""
                    cd %s
                    openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt -out %2$d.key
                    openssl req -new -key %2$d.key -subj /CN=%2$d -out %2$d.csr
                    openssl x509 -req -in %2$d.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 1 -out %2$d.crt \
                        -extfile <(echo subjectAltName=IP:192.0.2.%2$d) 2>&1
                    chmod 0600 %2$d.key
                    """.formatted(folder, node.number));
            node.keep(
                    "aes128gcm16-sha256-prfsha256-ecp256",
                    new Credentials.Certificate(
                            folder.resolve(node.number + ".crt"),
                            folder.resolve(node.number + ".key"),
                            folder.resolve("ca.crt")),
                    true);
        }
        await().atMost(PATIENCE).until(() -> one.isUp() && two.isUp());
        assertThat(lost(one.host.sh("ping -q -c 3 -i 0.2 10.5.2.0"))).isZero();
        assertThat(lost(two.host.sh("ping -q -c 3 -i 0.2 fd05:0:0:1::"))).isZero();
        assertThat(one.host.sh("ip xfrm state")).contains("espinudp sport 4500 dport 4500");
    }

    private static int lost(String ping) {
        Matcher matcher = LOST.matcher(ping);
        assertThat(matcher.find()).as(ping).isTrue();
        return Integer.parseInt(matcher.group(1)) - Integer.parseInt(matcher.group(2));
    }
}
