package jflannel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import jflannel.field.Field;
import jflannel.field.FieldHost;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Faults planted in a host, each found by its own check, and gone once it is undone.
@ExtendWith(OwnNetns.class)
class PlantedFaultsIT {
    private final Misses misses = new Misses();

    /// @param check the code of the check that names the fault
    /// @param words what the finding says somewhere
    private record Fault(String check, String words, String plant, String undo) {}

    /// Remedies that can be tried on a host that has to go on, unlike those that delete the pods' bridge.
    private static final Pattern COMMAND = Pattern.compile(
            "(?!ip address show|.*(# after|systemctl))(ip|ip6?tables(-legacy)?|nft|bridge|sysctl|nsenter) .*");

    private static final String DUMMY =
            "ip link add dum2 type veth peer name dum7; ip link set dum7 up; ip link set dum2 up; ";

    private static final List<Fault> ON_THE_HOST = List.of(
            new Fault(
                    "forwarding",
                    "sysctl -w net.ipv4.ip_forward=1",
                    "sysctl -qw net.ipv4.ip_forward=0",
                    "sysctl -qw net.ipv4.ip_forward=1"),
            new Fault(
                    "forwarding",
                    "arrive by flannel.1",
                    "sysctl -qw net/ipv4/conf/flannel.1/forwarding=0",
                    "sysctl -qw net/ipv4/conf/flannel.1/forwarding=1"),
            new Fault(
                    "forwarding",
                    "arrive by cni0",
                    "sysctl -qw net/ipv4/conf/cni0/forwarding=0",
                    "sysctl -qw net/ipv4/conf/cni0/forwarding=1"),
            new Fault(
                    "bridge-calls",
                    "Services",
                    "sysctl -qw net.bridge.bridge-nf-call-iptables=0",
                    "sysctl -qw net.bridge.bridge-nf-call-iptables=1"),
            new Fault(
                    "br-netfilter",
                    "modprobe br_netfilter",
                    "mount -t tmpfs none /proc/sys/net/bridge",
                    "umount /proc/sys/net/bridge"),
            new Fault(
                    "foreign-drop",
                    "-A FORWARD -s 10.70.0.0/16 -j DROP",
                    "iptables -I FORWARD -s 10.70.0.0/16 -j DROP",
                    "iptables -D FORWARD 1"),
            new Fault(
                    "foreign-drop",
                    "iptables-legacy -t filter -I FORWARD",
                    "iptables-legacy -I FORWARD -o cni0 -j DROP",
                    "iptables-legacy -F; iptables-legacy -X"),
            new Fault(
                    "foreign-rewrite",
                    "nft insert rule inet vpn c ip saddr 10.70.0.0/16 ip daddr 10.70.0.0/16 accept",
                    "nft 'table inet vpn { chain c { type nat hook postrouting priority 90; oifname flannel.1 masquerade; }; }'",
                    "nft delete table inet vpn"),
            new Fault(
                    "foreign-route",
                    "ip rule delete priority 98",
                    "ip rule add iif cni0 blackhole pref 98",
                    "ip rule del pref 98"),
            new Fault(
                    "tunnel-route",
                    "ip route delete blackhole 192.0.2.12/32",
                    "ip route add blackhole 192.0.2.12",
                    "ip route del blackhole 192.0.2.12"),
            new Fault(
                    "foreign-drop",
                    "--allow-direct-routing",
                    "iptables -t raw -A PREROUTING -d $OWN.2/32 ! -i cni0 -j DROP",
                    "iptables -t raw -F"),
            new Fault(
                    "foreign-drop",
                    "ufw route allow",
                    "iptables -N ufw-user-forward; iptables -A ufw-user-forward -j DROP; iptables -I FORWARD -j ufw-user-forward",
                    "iptables -D FORWARD 1; iptables -F ufw-user-forward; iptables -X ufw-user-forward"),
            new Fault(
                    "foreign-drop",
                    "firewall-cmd",
                    "nft 'table inet firewalld { chain filter_FORWARD { type filter hook forward priority 10; policy accept; ip saddr 10.0.0.0/8 drop; }; }'",
                    "nft delete table inet firewalld"),
            new Fault(
                    "foreign-drop",
                    "firewall-cmd --panic-off",
                    "nft 'table inet firewalld_policy_drop { chain filter_output { type filter hook output priority 9; policy drop; }; chain filter_forward { type filter hook forward priority 9; policy drop; }; }'",
                    "nft delete table inet firewalld_policy_drop"),
            new Fault(
                    "foreign-drop",
                    "iptables -t filter -I OUTPUT -p udp --dport 8472 -j ACCEPT",
                    "iptables -A OUTPUT -p udp --dport 8472 -j DROP",
                    "iptables -F OUTPUT"),
            new Fault(
                    "foreign-rewrite",
                    "MASQUERADE",
                    "iptables -t nat -A POSTROUTING -s 10.70.0.0/16 -j MASQUERADE",
                    "iptables -t nat -D POSTROUTING -s 10.70.0.0/16 -j MASQUERADE"),
            new Fault(
                    "foreign-mark",
                    "leave by dum2 instead of flannel.1",
                    DUMMY
                            + "iptables -t mangle -A PREROUTING -i cni0 -j MARK --set-mark 0x200/0xf00; ip rule add fwmark 0x200/0xf00 lookup 2004; ip route add default dev dum2 table 2004",
                    "ip link del dum2; iptables -t mangle -F PREROUTING; ip rule del fwmark 0x200/0xf00"),
            new Fault(
                    "foreign-mark",
                    "tunnel packets to other nodes with 0xca6c, and those leave by dum2",
                    DUMMY
                            + "nft 'table inet vpn { chain out { type route hook output priority mangle; udp dport 8472 meta mark set 0xca6c; }; }'; ip rule add fwmark 51820 lookup 51820; ip route add default dev dum2 table 51820",
                    "ip link del dum2; nft delete table inet vpn; ip rule del fwmark 51820"),
            new Fault(
                    "foreign-mark",
                    "ip rule delete priority 77",
                    "iptables -t mangle -A PREROUTING -i eth0 -p udp -j MARK --set-mark 1; ip rule add pref 77 fwmark 1 prohibit",
                    "iptables -t mangle -F PREROUTING; ip rule del pref 77"),
            new Fault(
                    "firewall",
                    "iptables -t nat -D POSTROUTING -s 10.70.0.0/16 -j ACCEPT",
                    "iptables -t nat -I POSTROUTING -s 10.70.0.0/16 -j ACCEPT",
                    "iptables -t nat -D POSTROUTING -s 10.70.0.0/16 -j ACCEPT"),
            new Fault(
                    "firewall",
                    "no rule of POSTROUTING leads to FLANNEL-POSTRTG",
                    "iptables-save > /run/rules; iptables -t nat -F POSTROUTING",
                    "iptables-restore < /run/rules"),
            new Fault(
                    "firewall",
                    "has no chain FLANNEL-FWD",
                    "iptables -F FORWARD; iptables -F FLANNEL-FWD; iptables -X FLANNEL-FWD",
                    "iptables-restore < /run/rules"),
            new Fault(
                    "firewall",
                    "holds other rules than it should",
                    "iptables -t nat -D FLANNEL-POSTRTG 2",
                    "iptables-restore < /run/rules"),
            new Fault(
                    "firewalls-mixed",
                    "iptables-legacy",
                    "iptables-legacy -A FORWARD -s 198.51.100.1 -j ACCEPT",
                    "iptables-legacy -F"),
            new Fault(
                    "rp-filter",
                    "sysctl -w net/ipv4/conf/eth0/rp_filter=2",
                    "ip link add dum0 type veth peer name dum9; ip link set dum9 up; ip link set dum0 up; ip route add 192.0.2.12/32 dev dum0; sysctl -qw net.ipv4.conf.eth0.rp_filter=1",
                    "ip link del dum0; sysctl -qw net.ipv4.conf.eth0.rp_filter=0"),
            new Fault(
                    "vtep-mac",
                    "ip neigh replace",
                    "ip neigh replace $PEER.0 lladdr 02:00:00:00:00:99 dev flannel.1 nud permanent",
                    "ip neigh replace $PEER.0 lladdr $MAC dev flannel.1 nud permanent"),
            new Fault(
                    "vtep-mac",
                    "bridge fdb replace",
                    "bridge fdb replace $MAC dev flannel.1 dst 192.0.2.99 self permanent",
                    "bridge fdb replace $MAC dev flannel.1 dst 192.0.2.12 self permanent"),
            new Fault(
                    "vtep-mac",
                    "ip link set dev flannel.1 address",
                    "cat /sys/class/net/flannel.1/address > /run/mac; ip link set flannel.1 address 02:00:00:00:00:99",
                    "ip link set flannel.1 address $(cat /run/mac); ip neigh replace $PEER.0 lladdr $MAC dev flannel.1 nud permanent"),
            new Fault(
                    "entries",
                    "missing",
                    "ip route del $PEER.0/24",
                    "ip route add $PEER.0/24 via $PEER.0 dev flannel.1 onlink proto 102"),
            new Fault(
                    "entries",
                    "fdb",
                    "bridge fdb del $MAC dev flannel.1",
                    "bridge fdb add $MAC dev flannel.1 dst 192.0.2.12 self permanent"),
            new Fault(
                    "device",
                    "is down",
                    "ip link set flannel.1 down",
                    "ip link set flannel.1 up; ip neigh replace $PEER.0 lladdr $MAC dev flannel.1 nud permanent; ip route replace $PEER.0/24 via $PEER.0 dev flannel.1 onlink proto 102"),
            new Fault("device", "mtu", "ip link set flannel.1 mtu 1400", "ip link set flannel.1 mtu 1450"),
            new Fault(
                    "leftovers",
                    "ip link delete flannel.77",
                    "ip link add flannel.77 type vxlan id 77 dstport 4790",
                    "ip link del flannel.77"),
            new Fault(
                    "leftovers",
                    "ip route delete 10.70.222.0/24",
                    "ip route add 10.70.222.0/24 via 10.70.222.0 dev flannel.1 onlink",
                    "ip route del 10.70.222.0/24"),
            new Fault(
                    "foreign-route",
                    "ip route delete $PEER.128/25",
                    "ip route add $PEER.128/25 via 192.0.2.1",
                    "ip route del $PEER.128/25"),
            new Fault(
                    "foreign-route",
                    "ip rule delete table 77",
                    "ip rule add from 10.70.0.0/16 lookup 77; ip route add default via 192.0.2.1 table 77",
                    "ip rule del from 10.70.0.0/16 lookup 77; ip route flush table 77"),
            new Fault(
                    "foreign-route",
                    "ip route delete $PEER.7/32 table 80",
                    "ip route add $PEER.7/32 via 192.0.2.1 table 80; ip rule add lookup 80",
                    "ip rule del lookup 80; ip route flush table 80"),
            new Fault(
                    "foreign-route",
                    "ip route delete local $PEER.8/32 table local",
                    "ip route add local $PEER.8/32 dev lo",
                    "ip route del local $PEER.8/32 dev lo"),
            new Fault(
                    "foreign-route",
                    "ip rule add lookup main priority 32766",
                    "ip rule del pref 32766",
                    "ip rule add lookup main pref 32766"),
            new Fault(
                    "tunnel-route",
                    "ip route delete unreachable 0.0.0.0/0 table 78",
                    "ip rule add to 192.0.2.12 lookup 78; ip route add unreachable default table 78",
                    "ip rule del to 192.0.2.12 lookup 78; ip route flush table 78; true"),
            new Fault(
                    "tunnel-route",
                    "ip rule delete table 79",
                    "ip rule add ipproto udp dport 8472 lookup 79; ip route add default via 192.0.2.1 dev eth0 table 79",
                    "ip rule del ipproto udp dport 8472 lookup 79; ip route flush table 79"),
            new Fault(
                    "bridge-address",
                    "cni0",
                    "ip addr del $OWN.1/24 dev cni0; ip addr add 10.70.250.1/24 dev cni0",
                    "ip addr del 10.70.250.1/24 dev cni0; ip addr add $OWN.1/24 dev cni0"),
            new Fault(
                    "pod-device",
                    "ip link set veth0 up master cni0",
                    "ip link set veth0 nomaster",
                    "ip link set veth0 master cni0"),
            new Fault(
                    "pod-device",
                    "ip route add default via",
                    "for f in /run/netns/* /proc/[0-9]*/ns/net; do nsenter --net=$f ip -4 addr 2>/dev/null | grep -q \"inet $OWN.2/\" && nsenter --net=$f ip route del default && break; done",
                    "for f in /run/netns/* /proc/[0-9]*/ns/net; do nsenter --net=$f ip -4 addr 2>/dev/null | grep -q \"inet $OWN.2/\" && nsenter --net=$f ip route add default via $OWN.1 && break; done"),
            new Fault(
                    "pod-mtu",
                    "ip link set veth0 mtu 1450",
                    "ip link set veth0 mtu 1500",
                    "ip link set veth0 mtu 1450"),
            new Fault(
                    "network-overlap",
                    "10.70.240.0/24",
                    "ip link add dum1 type veth peer name dum8; ip link set dum8 up; ip addr add 10.70.240.1/24 dev dum1; ip link set dum1 up",
                    "ip link del dum1"),
            new Fault(
                    "address-gone",
                    "192.0.2.11",
                    "ip addr add 192.0.2.77/25 dev eth0; ip addr del 192.0.2.11/24 dev eth0; ip route replace default via 192.0.2.1",
                    "ip addr add 192.0.2.11/24 dev eth0; ip addr del 192.0.2.77/25 dev eth0; ip route replace default via 192.0.2.1; ip route replace $PEER.0/24 via $PEER.0 dev flannel.1 onlink proto 102"),
            new Fault(
                    "address-gone",
                    "give the interface its address again",
                    "ip addr flush dev eth0",
                    "ip addr add 192.0.2.11/24 dev eth0; ip route replace default via 192.0.2.1; ip route replace $PEER.0/24 via $PEER.0 dev flannel.1 onlink proto 102"),
            new Fault(
                    "subnet-file",
                    "subnet.env is missing",
                    "mv /run/flannel/subnet.env /run/flannel/x",
                    "mv /run/flannel/x /run/flannel/subnet.env"),
            new Fault(
                    "cni-conf",
                    "calico",
                    "mkdir -p /run/u /run/w; mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/u,workdir=/run/w /etc; mkdir -p /etc/cni/net.d; echo '{\"plugins\":[{\"type\":\"flannel\"}]}' > /etc/cni/net.d/20-flannel.conflist; echo '{\"plugins\":[{\"type\":\"calico\"}]}' > /etc/cni/net.d/10-calico.conflist",
                    "umount /etc"),
            new Fault(
                    "cni-plugin",
                    "no no-such-plugin",
                    "mount -t overlay overlay -o lowerdir=/etc,upperdir=/run/u,workdir=/run/w /etc; rm -f /etc/cni/net.d/10-calico.conflist; echo '{\"plugins\":[{\"type\":\"flannel\"},{\"type\":\"no-such-plugin\"}]}' > /etc/cni/net.d/20-flannel.conflist; mkdir -p /run/ou /run/ow; mount -t overlay overlay -o lowerdir=/opt,upperdir=/run/ou,workdir=/run/ow /opt; mkdir -p /opt/cni/bin; for p in flannel bridge host-local; do touch /opt/cni/bin/$p; done",
                    "rm /etc/cni/net.d/20-flannel.conflist; umount /opt /etc"),
            new Fault(
                    "subnet-conflict",
                    "is elsewhere in part: $OWN.128/25",
                    "ip route add $OWN.128/25 via 192.0.2.1",
                    "ip route del $OWN.128/25"),
            new Fault(
                    "cni-pool",
                    "rm $ip",
                    "mkdir -p /run/vu /run/vw; mount -t overlay overlay -o lowerdir=/var/lib,upperdir=/run/vu,workdir=/run/vw /var/lib; mkdir -p /var/lib/cni/networks/cbr0; for i in $(seq 2 254); do echo x > /var/lib/cni/networks/cbr0/$OWN.$i; done",
                    "umount /var/lib"),
            new Fault("checksums", "InCsumErrors", """
                    python3 - <<'P'
                    import socket, struct
                    s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)
                    u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 7777))
                    for i in range(20):
                        s.sendto(struct.pack('>HHHH', 7, 7777, 12, 0x1234) + b'abcd', ('127.0.0.1', 0))
                    import time
                    time.sleep(0.2); u.setblocking(False)
                    try:
                        while u.recv(100): pass
                    except BlockingIOError: pass
                    P""", ":"));

    @Test
    void eachFaultOfAHostIsNamed() throws Exception {
        try (Field field =
                Field.with("{\"Network\":\"%s\",\"Backend\":{\"Type\":\"vxlan\"}}".formatted(Field.NETWORK))) {
            FieldHost host = field.host(1);
            FieldHost other = field.host(2);
            host.run("--ip-masq");
            other.run("--ip-masq");
            host.pod().start("container.log", "sleep", "600"); // a namespace is found by its processes
            other.pod();
            assertThat(host.reaches(other)).isTrue();
            assertThat(Misses.codes(Misses.examine(host, true))).isEmpty();
            host.stop();
            String[] flags = {"--etcd-endpoints=" + field.endpoint(), "--etcd-prefix=" + field.prefix()};
            Report down = Misses.examine(host, true, flags);
            assertThat(Misses.codes(down)).isEqualTo("daemon-down");
            String mac = other.sh("cat /sys/class/net/flannel.1/address");
            for (Fault fault : ON_THE_HOST) {
                String own = host.env("FLANNEL_SUBNET").replaceFirst("\\.1/24", "");
                String peer = other.env("FLANNEL_SUBNET").replaceFirst("\\.1/24", "");
                String names = "OWN=%s; PEER=%s; MAC=%s\n".formatted(own, peer, mac);
                if (!host.succeeds(names + fault.plant())) {
                    misses.add("cannot be planted: " + fault.plant());
                    continue;
                }
                Report report = Misses.examine(host, false, flags);
                misses.expect(
                        report,
                        fault.check(),
                        fault.words().replace("$PEER", peer).replace("$OWN", own),
                        fault.plant());
                boolean mended = isMended(host, fault, report, flags);
                if (!host.succeeds(names + fault.undo()) && !mended) {
                    misses.add("cannot be undone: " + fault.undo());
                }
                if (!fault.undo().equals(":")) {
                    String left = Misses.codes(Misses.examine(host, false, flags));
                    if (!left.equals("daemon-down")) {
                        misses.add(fault.plant() + "\n   is not undone: " + left);
                    }
                }
            }
            assertThat(misses.words()).isEmpty();
        }
    }

    /// Does what the doctor says, where that is a command for this host's kernel, and looks whether it helps.
    ///
    /// @return true if it was done
    private boolean isMended(FieldHost host, Fault fault, Report report, String... flags) throws IOException {
        String remedy = report.found().stream()
                .filter(it -> it.check().code().equals(fault.check()))
                .map(Diagnosis::remedy)
                .filter(COMMAND.asMatchPredicate())
                .findFirst()
                .orElse("");
        if (remedy.isEmpty()) {
            return false;
        }
        boolean done = host.succeeds(remedy);
        String left = Misses.codes(Misses.examine(host, false, flags));
        if (!done || left.contains(fault.check())) {
            misses.add("%s%n   is not mended by: %s%n   but %s".formatted(fault.plant(), remedy, left));
        }
        if (remedy.matches("ip6?tables.* -I .*")) {
            host.sh(remedy.replace(" -I ", " -D "));
        }
        return true;
    }
}
