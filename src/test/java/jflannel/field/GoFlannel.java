package jflannel.field;

import java.io.IOException;
import java.nio.file.Files;
import jflannel.lab.LabProcess;

/// What Go flannel v0.28 leaves on a host, made by scripts: its lease, devices, routes, rules and subnet.env, and a
/// process with its name and flags. It repairs nothing, and says nothing of itself.
public final class GoFlannel {
    private static final int ROOM_FOR_FLAGS = 400;
    private static final int PATIENCE_SECONDS = 10;

    /// Perl under another name, which writes Go flannel's command line over its own. With a peer, it carries packets
    /// between a TUN device and UDP port 8285.
    private static final String PROCESS = """
            use IO::Socket::INET;
            my ($words, $own, $peer) = @ARGV;
            $words = join("\\0", split / /, $words) . "\\0";
            open my $stat, "<", "/proc/$$/stat" or die;
            my ($start, $end) = (split / /, <$stat>)[47, 48];
            open my $memory, "+<", "/proc/$$/mem" or die;
            sysseek $memory, $start, 0;
            syswrite $memory, $words . "\\0" x ($end - $start - length $words);
            sleep 1000 if !$peer;
            open my $tun, "+<", "/dev/net/tun" or die;
            my $request = pack "a16s", "flannel0", 0x1001;
            ioctl $tun, 0x400454ca, $request or die;
            my $socket = IO::Socket::INET->new(LocalAddr => $own, LocalPort => 8285, Proto => "udp") or die;
            my $to = sockaddr_in(8285, inet_aton($peer));
            for (;;) {
                my $ready = "";
                vec($ready, fileno $tun, 1) = 1;
                vec($ready, fileno $socket, 1) = 1;
                select $ready, undef, undef, undef;
                if (vec $ready, fileno $tun, 1) { sysread $tun, my $packet, 9000; send $socket, $packet, 0, $to }
                if (vec $ready, fileno $socket, 1) { recv $socket, my $packet, 9000, 0; syswrite $tun, $packet }
            }
            """;

    private static final String RULES = """
            iptables -N FLANNEL-FWD; iptables -A FORWARD -m comment --comment 'flanneld forward' -j FLANNEL-FWD
            iptables -A FLANNEL-FWD -s $net -m comment --comment 'flanneld forward' -j ACCEPT
            iptables -A FLANNEL-FWD -d $net -m comment --comment 'flanneld forward' -j ACCEPT
            m="iptables -t nat -A FLANNEL-POSTRTG -m comment --comment"
            iptables -t nat -N FLANNEL-POSTRTG
            iptables -t nat -A POSTROUTING -m comment --comment 'flanneld masq' -j FLANNEL-POSTRTG
            $m 'flanneld masq' -m mark --mark 0x4000/0x4000 -j RETURN
            $m 'flanneld masq' -s $own.0/24 -d $net -j RETURN
            $m 'flanneld masq' -s $net -d $own.0/24 -j RETURN
            $m 'flanneld masq' ! -s $net -d $own.0/24 -j RETURN
            $m 'flanneld masq' -s $net ! -d 224.0.0.0/4 -j MASQUERADE --random-fully
            $m 'flanneld masq' ! -s $net -d $net -j MASQUERADE --random-fully
            """;

    private static final String NFTABLES = """
            nft -f - <<END
            table ip flannel-ipv4 {
                comment "rules for flannel-ipv4"
                chain postrtg {
                    comment "chain to manage traffic masquerading by flannel"
                    type nat hook postrouting priority srcnat; policy accept;
                    meta mark 0x00004000 return
                    ip saddr $own.0/24 ip daddr $net return
                    ip saddr $net ip daddr $own.0/24 return
                    ip saddr != $own.0/24 ip daddr $net return
                    ip saddr $net ip daddr != 224.0.0.0/4 masquerade fully-random
                    ip saddr != $net ip daddr $net masquerade fully-random
                }
                chain forward {
                    comment "chain to accept flannel traffic"
                    type filter hook forward priority filter; policy accept;
                    ip saddr $net accept
                    ip daddr $net accept
                }
            }
            table ip6 flannel-ipv6 {
                comment "rules for flannel-ipv6"
            }
            END
            """;

    private static final String VXLAN = """
            ip link add flannel.1 mtu 1450 address $mac type vxlan id 1 local $here dev eth0 dstport 8472 nolearning
            ip addr add $own.0/32 dev flannel.1
            ip link set flannel.1 up
            ip neigh add $peer.0 lladdr $peermac dev flannel.1 nud permanent
            bridge fdb add $peermac dev flannel.1 dst $there self permanent
            ip route add $peer.0/24 via $peer.0 dev flannel.1 onlink
            """;

    private static final String HOST_GW = "ip route add $peer.0/24 via $there dev eth0\n";

    private static final String UDP = """
            for i in $(seq 100); do [ -e /sys/class/net/flannel0 ] && break; sleep 0.05; done
            ip link set flannel0 mtu 1472 up
            ip addr add $own.0/32 dev flannel0
            ip route add $net dev flannel0
            """;

    private final Field field;
    private final FieldHost host;
    private final int number;
    private final int peer;
    private LabProcess process;

    /// @param number of its host; its subnet is `10.70.<number>.0/24`
    /// @param peer number of the only other node
    public GoFlannel(Field field, int number, int peer) throws IOException {
        this.field = field;
        this.host = field.host(number);
        this.number = number;
        this.peer = peer;
    }

    /// The MAC address of the tunnel device.
    public static String mac(int number) {
        return "02:00:00:00:70:%02x".formatted(number);
    }

    /// @param type the backend; the configuration in the store has to be of the same
    /// @param nftables true for its table of nftables, false for iptables
    public void start(String type, boolean nftables) throws IOException {
        lease(type);
        int mtu = type.equals("vxlan") ? 1450 : type.equals("udp") ? 1472 : 1500;
        host.sh("""
                mkdir -p /run/flannel
                printf '%%s\\n' FLANNEL_NETWORK=%s FLANNEL_SUBNET=10.70.%d.1/24 FLANNEL_MTU=%d FLANNEL_IPMASQ=true \\
                    > /run/flannel/subnet.env
                """.formatted(Field.NETWORK, number, mtu));
        startProcess(type.equals("udp"));
        String devices = type.equals("vxlan") ? VXLAN : type.equals("udp") ? UDP : HOST_GW;
        host.sh(names() + devices + (nftables ? NFTABLES : RULES));
    }

    /// Writes this node's lease, as it renews it.
    public void lease(String type) throws IOException {
        String data =
                type.equals("vxlan") ? ",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"%s\"}".formatted(mac(number)) : "";
        String backend = type.equals("udp") ? "" : ",\"BackendType\":\"" + type + "\"";
        field.put(
                key(),
                "{\"PublicIP\":\"%s\",\"PublicIPv6\":null%s%s}".formatted(FieldHost.address(number), backend, data));
    }

    /// Of its lease.
    public String key() {
        return "subnets/10.70." + number + ".0-24";
    }

    /// Variables for scripts: `own` and `peer` are the first three bytes of the subnets, `mac` and `peermac` the MAC
    /// addresses of the tunnel devices, `here` and `there` the hosts' addresses, and `net` is the network.
    public String names() {
        return "net=%s own=10.70.%d peer=10.70.%d mac=%s peermac=%s here=%s there=%s\n"
                .formatted(
                        Field.NETWORK,
                        number,
                        peer,
                        mac(number),
                        mac(peer),
                        FieldHost.address(number),
                        FieldHost.address(peer));
    }

    /// Starts only the process.
    ///
    /// @param carries true for the udp backend
    public void startProcess(boolean carries) throws IOException {
        String flags = "/opt/bin/flanneld --etcd-endpoints=%s --etcd-prefix=%s --ip-masq --iface=eth0"
                .formatted(field.endpoint(), field.prefix());
        Files.writeString(host.host().run().resolve("flanneld.pl"), PROCESS);
        host.sh("[ -e /run/flanneld ] || cp $(command -v perl) /run/flanneld");
        process = host.host()
                .start(
                        "flanneld.log",
                        "/run/flanneld",
                        "/run/flanneld.pl",
                        flags,
                        carries ? FieldHost.address(number) : "",
                        carries ? FieldHost.address(peer) : "",
                        "x".repeat(ROOM_FOR_FLAGS));
        host.sh("for i in $(seq 100); do grep -q '^/opt/bin' /proc/%d/cmdline && break; sleep 0.05; done"
                .formatted(process.pid()));
    }

    /// Ends the process. All but a TUN device stays.
    public void stopProcess() throws IOException {
        process.terminate(PATIENCE_SECONDS);
    }

    /// Ends it, and removes what it made.
    public void remove() throws IOException {
        stopProcess();
        field.delete(key());
        host.sh(names() + """
                ip link del flannel.1 2>/dev/null || :; ip route del $peer.0/24 2>/dev/null || :
                iptables -F; iptables -X; iptables -t nat -F; iptables -t nat -X
                nft delete table ip flannel-ipv4 2>/dev/null || :; nft delete table ip6 flannel-ipv6 2>/dev/null || :
                ip link del cni0; ip link del veth0
                """);
    }
}
