package jflannel.dataplane;

import static jflannel.testing.Sh.sh;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Netns;

/// Two nodes with a tunnel each, in namespaces `a` and `b` of the test's private /run:
///
/// ```
///   a: flannel0 10.5.1.0, fd05:1::    eth0 192.0.2.1, 2001:db8::1
///                                       | veth, MTU 1500
///   b: flannel0 10.5.2.0, fd05:2::    eth0 192.0.2.2, 2001:db8::2
/// ```
final class TwoNodes implements AutoCloseable {
    static final int PORT = 8285;

    final Family outer;
    private final int queues;
    private final List<Process> processes = new ArrayList<>();
    UdpTunnel a;
    UdpTunnel b;

    TwoNodes(Family outer) throws Exception {
        this(outer, 1);
    }

    TwoNodes(Family outer, int queues) throws Exception {
        this.outer = outer;
        this.queues = queues;
        sh("ip netns add a; ip netns add b; ip link add eth0 netns a type veth peer name eth0 netns b");
        a = tunnel("a", 1);
        b = tunnel("b", 2);
    }

    /// Runs `action` with the calling thread in a node's namespace.
    static <T> T in(String node, Callable<T> action) throws Exception {
        try (Netns home = Netns.current();
                Netns there = Netns.at("/run/netns/" + node)) {
            there.enter();
            try {
                return action.call();
            } finally {
                home.enter();
            }
        }
    }

    /// Output of a command in node `a`, whether it succeeds or not.
    static String inA(String command) throws Exception {
        return sh("ip netns exec a " + command + " || true");
    }

    Ip local(int node) {
        return Ip.parse(outer == Family.IPV4 ? "192.0.2." + node : "2001:db8::" + node);
    }

    UdpTunnel tunnel(String name, int node) throws Exception {
        UdpTunnel tunnel = in(name, () -> {
            sh("""
                    sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0
                    ip link set lo up; ip link set eth0 up
                    ip addr replace 192.0.2.%1$d/24 dev eth0
                    ip addr replace 2001:db8::%1$d/64 dev eth0 nodad
                    """.formatted(node));
            Map<Family, Ip> sources =
                    Map.of(Family.IPV4, Ip.parse("10.5." + node + ".0"), Family.IPV6, Ip.parse("fd05:" + node + "::"));
            UdpTunnel opened = UdpTunnel.open(
                    new UdpTunnel.Settings("flannel0", List.of(local(node)), PORT, sources, true, false, queues));
            configure(node, UdpTunnel.innerMtu(1500, outer));
            return opened;
        });
        int other = 3 - node;
        Endpoint peer = new Endpoint(local(other), PORT);
        tunnel.peers(PeerTable.of(
                Map.of(Cidr.parse("10.5." + other + ".0/24"), peer, Cidr.parse("fd05:" + other + "::/64"), peer)));
        tunnel.start();
        return tunnel;
    }

    /// Sets up the device of the node whose namespace the calling thread is in.
    static void configure(int node, int mtu) throws Exception {
        sh("""
                ip link set flannel0 mtu %2$d up
                ip addr replace 10.5.%1$d.0/32 dev flannel0; ip addr replace fd05:%1$d::/128 dev flannel0 nodad
                ip route replace 10.5.0.0/16 dev flannel0 src 10.5.%1$d.0
                ip -6 route replace fd05::/16 dev flannel0 src fd05:%1$d::
                """.formatted(node, mtu));
    }

    /// Starts a command in node `b` that ends with this object at the latest.
    ///
    /// @param output file for all that it says
    Process startInB(String command, String output) throws IOException {
        // run through a shell, because only the children of this thread see its private /run
        Process process =
                new ProcessBuilder("sh", "-c", "exec ip netns exec b " + command + " >" + output + " 2>&1").start();
        processes.add(process);
        return process;
    }

    void replace(int node, UdpTunnel tunnel) {
        if (node == 1) {
            a = tunnel;
        } else {
            b = tunnel;
        }
    }

    @Override
    public void close() {
        processes.forEach(Process::destroy);
        a.close();
        b.close();
    }
}
