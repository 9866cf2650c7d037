package jflannel.policy;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.lab.LabHost;
import jflannel.names.Names;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Rtnetlink;
import jflannel.status.Board;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Two real TCP connections through this namespace when a policy forbids them: one in which the client speaks, and one
/// in which the isolated server does.
@ExtendWith(OwnNetns.class)
final class EstablishedConnectionsIT {
    private static final Endpoint SERVER = pod("server", "10.1.0.2");
    private static final Endpoint CLIENT = pod("client", "10.2.0.2");

    @TempDir
    private Path folder;

    @Test
    void a_connection_goes_on_until_it_is_cut_and_those_of_the_node_are_left_alone() throws Exception {
        sh("sysctl -qw net.ipv4.ip_forward=1; ip link set lo up");
        PolicyTable table = new PolicyTable(Names.DEFAULT, false, true);
        Renderer renderer = new Renderer();
        List<Cidr> local = List.of(Cidr.parse("10.1.0.0/24"));
        try (LabHost server = host("server", 1);
                LabHost client = host("client", 2);
                NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER)) {
            Rendering before = renderer.render(world(List.of()), local);
            table.whole(before).commit(socket);
            server.start("hears.log", "socat", "-u", "TCP-LISTEN:81,fork", "OPEN:" + file("heard") + ",creat,append");
            server.start("speaks.log", "socat", "-U", "TCP-LISTEN:82,fork", "SYSTEM:'" + chatter() + "'");
            client.start(
                    "speaks.log", "socat", "-u", "SYSTEM:'" + chatter() + "'", "TCP:10.1.0.2:81,retry=50,interval=0.1");
            client.start(
                    "hears.log",
                    "socat",
                    "-u",
                    "TCP:10.1.0.2:82,retry=50,interval=0.1",
                    "OPEN:" + file("got") + ",creat");
            await().until(() -> grows("heard") && grows("got"));

            Policy closed = Policy.namespaced("ns", "closed", Selector.ALL, Map.of(Direction.INGRESS, List.of()));
            Rendering now = renderer.render(world(List.of(closed)), local);
            table.change(before, now).commit(socket);
            assertThat(grows("heard") && grows("got"))
                    .as("established ones go on")
                    .isTrue();

            Path own = file("own");
            Process ofNode = new ProcessBuilder("socat", "-u", "TCP:10.1.0.2:82", "OPEN:" + own + ",creat").start();
            try {
                await().until(() -> grows("own"));
                EstablishedConnections.cut(now, new Board());
                await().atMost(Duration.ofSeconds(5)).until(() -> !grows("heard") && !grows("got"));
                assertThat(grows("own")).as("the node's own connection").isTrue();
            } finally {
                ofNode.destroy();
            }
        }
    }

    private static World world(List<Policy> policies) {
        return new World(policies, Map.of(), List.of(SERVER, CLIENT), List.of());
    }

    private static Endpoint pod(String name, String address) {
        return new Endpoint("ns", name, Map.of(), List.of(Cidr.host(Ip.parse(address))), List.of());
    }

    private static String chatter() {
        return "while echo x; do sleep 0.03; done";
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    private boolean grows(String name) throws IOException, InterruptedException {
        long before = Files.exists(file(name)) ? Files.size(file(name)) : 0;
        Thread.sleep(400);
        return Files.exists(file(name)) && Files.size(file(name)) > before;
    }

    private LabHost host(String name, int number) throws IOException {
        LabHost host = new LabHost(name, Files.createDirectory(folder.resolve(name)), false);
        sh(
                "ip link add v%1$d type veth peer name eth0 netns %2$d; ip link set v%1$d up; ip addr add 10.%1$d.0.1/24 dev v%1$d"
                        .formatted(number, host.threadId()));
        host.ip("link set eth0 up");
        host.ip("addr add 10.%d.0.2/24 dev eth0".formatted(number));
        host.ip("route add default via 10.%d.0.1".formatted(number));
        return host;
    }
}
