package jflannel.firewall;

import static jflannel.testing.Sh.sh;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.util.concurrent.Callable;
import jflannel.ip.Ip;
import jflannel.testing.Host;

/// A node, which is the namespace of the calling thread, and those it may exchange packets with.
///
/// ```
///  pod 10.244.31.2 ──┐                              ┌── overlay ── remote 10.244.99.2, a pod of another node
///                   cni0 10.244.31.1 ── node ───────┤   10.244.31.0
///  pod 10.244.31.3 ──┘                              └── eth0 ───── outside 192.0.2.2
///                                                       192.0.2.1
/// ```
///
/// The same with IPv6: fd00:244:0:31::/64, fd00:244:0:99::2 and 2001:db8::/64.
final class PodNetwork implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 3000;

    private final Host pod = new Host("pod");
    private final Host neighbor = new Host("neighbor-pod");
    private final Host remote = new Host("remote-pod");
    private final Host outside = new Host("outside");
    private int nextPort = 10_000;

    PodNetwork() throws Exception {
        sh("""
                sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 net.ipv4.conf.all.rp_filter=0
                ip link add cni0 type bridge && ip link set cni0 up
                ip addr add 10.244.31.1/24 dev cni0 && ip addr add fd00:244:0:31::1/64 dev cni0 nodad
                """);
        connectPod("pod1", pod, 2);
        connectPod("pod2", neighbor, 3);
        connectRemote();
        connectOutside();
    }

    private void connectPod(String device, Host host, int number) throws Exception {
        sh("ip link add %s type veth peer name eth0 netns %d && ip link set %s master cni0 up"
                .formatted(device, host.netns(), device));
        host.sh("""
                ip link set eth0 up
                ip addr add 10.244.31.%1$d/24 dev eth0 && ip route add default via 10.244.31.1
                ip addr add fd00:244:0:31::%1$d/64 dev eth0 nodad && ip route add default via fd00:244:0:31::1
                """.formatted(number));
    }

    private void connectRemote() throws Exception {
        sh("""
                ip link add overlay type veth peer name eth0 netns %d && ip link set overlay up
                ip addr add 10.244.31.0/32 dev overlay && ip route add 10.244.99.2 dev overlay
                ip addr add fd00:244:0:31::/128 dev overlay nodad && ip route add fd00:244:0:99::2 dev overlay
                """.formatted(remote.netns()));
        remote.sh("""
                ip link set eth0 up
                ip addr add 10.244.99.2/32 dev eth0 && ip route add default via 10.244.31.0 dev eth0 onlink
                ip addr add fd00:244:0:99::2/128 dev eth0 nodad
                ip route add fd00:244:0:31:: dev eth0 && ip route add default via fd00:244:0:31:: dev eth0 onlink
                """);
    }

    private void connectOutside() throws Exception {
        sh("""
                ip link add eth0 type veth peer name eth0 netns %d && ip link set eth0 up
                ip addr add 192.0.2.1/24 dev eth0 && ip addr add 2001:db8::1/64 dev eth0 nodad
                """.formatted(outside.netns()));
        outside.sh("""
                ip link set eth0 up
                ip addr add 192.0.2.2/24 dev eth0 && ip route add default via 192.0.2.1
                ip addr add 2001:db8::2/64 dev eth0 nodad && ip route add default via 2001:db8::1
                """);
    }

    /// Sends a datagram and tells from where it seemed to come.
    ///
    /// @param from name of the sender; `node` is the calling thread
    /// @param source address to send from, one of the sender's
    /// @param port 0 for one that was not used yet
    /// @return the source address that the receiver saw, or `nothing` if the datagram did not arrive
    String sourceSeen(String from, String source, String to, String destination, int port) throws Exception {
        InetSocketAddress target = new InetSocketAddress(destination, port == 0 ? nextPort++ : port);
        Host receiver = host(to);
        DatagramSocket arrivals = receiver.call(() -> listening(target));
        try (arrivals) {
            Callable<Void> sending = () -> {
                send(source, target);
                return null;
            };
            if (from.equals("node")) {
                sending.call();
            } else {
                host(from).call(sending);
            }
            return receiver.call(() -> sourceOfNext(arrivals));
        }
    }

    private static DatagramSocket listening(InetSocketAddress address) throws IOException {
        DatagramSocket socket = new DatagramSocket(address.getPort());
        socket.setSoTimeout(PATIENCE_MILLIS);
        if (address.getAddress().isMulticastAddress()) {
            socket.joinGroup(address, NetworkInterface.getByName("eth0"));
        }
        return socket;
    }

    static void send(String source, InetSocketAddress target) throws IOException {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(source, 0))) {
            if (target.getAddress().isMulticastAddress()) {
                socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, NetworkInterface.getByName("eth0"));
            }
            socket.send(new DatagramPacket(new byte[] {1}, 1, target));
        }
    }

    static String sourceOfNext(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[1], 1);
        try {
            socket.receive(packet);
        } catch (SocketTimeoutException e) {
            return "nothing";
        }
        InetAddress source = packet.getAddress();
        return Ip.of(source.getAddress()).toString();
    }

    Host host(String name) {
        return switch (name) {
            case "pod" -> pod;
            case "neighbor" -> neighbor;
            case "remote" -> remote;
            case "outside" -> outside;
            default -> throw new IllegalArgumentException(name);
        };
    }

    @Override
    public void close() {
        pod.close();
        neighbor.close();
        remote.close();
        outside.close();
    }
}
