package jflannel.doctor;

import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Stream;
import jflannel.status.Condition;

/// Everything that the doctor looks for, declared once: what it looks at, how bad it is if nothing else is said, and
/// the remedy, with places such as `{device}` that a [Diagnosis] fills in. docs/tools.md lists all of them.
public enum Check {
    OTHER_DAEMON(
            Grade.BROKEN,
            "processes called flanneld that share this network namespace and the same leases",
            "kill {pid}",
            DaemonChecks::others,
            Condition.OTHER_DAEMON),
    DAEMON_DOWN(
            Grade.DEGRADED,
            "processes called flanneld, whether they are stopped, and the devices and files that one left",
            "{restart}",
            DaemonChecks::down),
    STORE_REFUSED(
            Grade.DEGRADED,
            "the answer to a connection to etcd or the Kubernetes API",
            "start the store, or correct {flag}",
            StoreChecks::fault,
            Condition.STORE_SILENT,
            Condition.FROM_MEMORY,
            Condition.NO_CONFIGURATION),
    STORE_SILENT(
            Grade.DEGRADED,
            "whether the store answers within four seconds",
            "ping -c 3 {host}; nc -vz {host} {port}",
            StoreChecks::fault,
            Condition.STORE_SILENT,
            Condition.FROM_MEMORY,
            Condition.NO_CONFIGURATION),
    STORE_NAME(
            Grade.DEGRADED,
            "the address of the store's name",
            "getent hosts {host}",
            StoreChecks::fault,
            Condition.STORE_SILENT,
            Condition.NO_CONFIGURATION),
    STORE_TLS(
            Grade.DEGRADED,
            "whether the store and its URL agree on TLS",
            "use the other of http:// and https:// in {flag}",
            StoreChecks::fault,
            Condition.STORE_SILENT,
            Condition.NO_CONFIGURATION),
    STORE_CERTIFICATE(
            Grade.DEGRADED,
            "whether this host trusts the store's certificate",
            "openssl s_client -connect {host}:{port} -showcerts; then set {flag} to the authority that signed it",
            StoreChecks::fault,
            Condition.STORE_SILENT,
            Condition.CREDENTIALS_REFUSED,
            Condition.NO_CONFIGURATION),
    STORE_CREDENTIALS(
            Grade.DEGRADED,
            "whether the store accepts this node's user, token or certificate",
            "correct {flag}",
            StoreChecks::fault,
            Condition.STORE_SILENT,
            Condition.CREDENTIALS_REFUSED,
            Condition.NO_CONFIGURATION),
    STORE_FAULT(
            Grade.DEGRADED,
            "any other answer of the store than what was asked for",
            "do what the message says",
            StoreChecks::fault,
            Condition.STORE_SILENT),
    CLOCK_SKEW(
            Grade.DEGRADED,
            "this host's clock beside the `Date` in the store's HTTP answer; 10 seconds and more count",
            "chronyc makestep || systemctl restart systemd-timesyncd",
            StoreChecks::clock),
    CONFIG_V2(
            Grade.BROKEN,
            "the key of the network configuration in etcd's API version 2, if version 3 has none",
            "ETCDCTL_API=3 etcdctl --endpoints={endpoint} put {key} {value}",
            StoreChecks::version2,
            Condition.NO_CONFIGURATION),
    CONFIG_PREFIX(
            Grade.BROKEN,
            "keys that differ from the configured one in slashes or a few letters",
            "ETCDCTL_API=3 etcdctl --endpoints={endpoint} get {other} --print-value-only | ETCDCTL_API=3 etcdctl --endpoints={endpoint} put {key}",
            StoreChecks::prefix,
            Condition.NO_CONFIGURATION),
    CONFIG_MISSING(
            Grade.BROKEN,
            "the key, or the file, of the network configuration",
            "ETCDCTL_API=3 etcdctl --endpoints={endpoint} put {key} '{\"Network\":\"10.244.0.0/16\",\"Backend\":{\"Type\":\"vxlan\"}}'",
            StoreChecks::missing,
            Condition.NO_CONFIGURATION),
    CONFIG_INVALID(
            Grade.BROKEN,
            "the text of the network configuration",
            "ETCDCTL_API=3 etcdctl --endpoints={endpoint} get {key}    # and correct it",
            StoreChecks::invalid,
            Condition.NO_CONFIGURATION,
            Condition.CONFIGURATION_REFUSED),
    POD_CIDR(
            Grade.BROKEN,
            "this node's `podCIDR` in Kubernetes beside the network",
            "kubectl get node $(hostname) -o yaml    # its podCIDR and the Network in net-conf.json have to agree",
            StoreChecks::podCidr,
            Condition.NO_LEASE),
    POOL_EXHAUSTED(
            Grade.DEGRADED,
            "how many subnets the network has, and how many leases there are",
            "{configure}",
            LeaseChecks::pool,
            Condition.NO_LEASE),
    LEASE_LOST(
            Grade.BROKEN,
            "this node's lease in the store, beside subnet.env",
            "{restart}",
            LeaseChecks::lost,
            Condition.NO_LEASE),
    VM_ADDRESS(
            Grade.BROKEN,
            "whether this node publishes 10.0.2.15, which every virtual machine of VirtualBox has",
            "start flanneld with --iface={device}",
            LeaseChecks::virtualMachine),
    SHARED_ADDRESS(
            Grade.BROKEN,
            "leases that name the same public address",
            "on each of these nodes, start flanneld with --iface or --public-ip of its own",
            LeaseChecks::sharedAddress),
    ADDRESS_GONE(
            Grade.BROKEN,
            "whether this node still has the public address in its lease",
            "{restart}",
            LeaseChecks::addressGone),
    LEASES_IGNORED(
            Grade.DEGRADED,
            "the keys or nodes in the store that are no lease, or conflict with older ones",
            "correct what that node published, or delete it",
            LeaseChecks::ignoredLeases,
            Condition.LEASES_IGNORED),
    PEERS_IGNORED(
            Grade.DEGRADED,
            "what peers published beside this node's backend: type, VNI, MAC address, family",
            "systemctl restart flanneld    # on that node, after both have the same configuration",
            LeaseChecks::ignoredPeers,
            Condition.PEERS_IGNORED),
    NETWORK_OVERLAP(
            Grade.DEGRADED,
            "the pods' network beside this host's own addresses and networks",
            "{configure}",
            LeaseChecks::overlap,
            Condition.NETWORK_OVERLAP),
    SUBNET_CONFLICT(
            Grade.BROKEN,
            "this node's subnet beside the addresses that the host needs",
            "give this node another subnet, or the pods another network: {configure}",
            LeaseChecks::subnetConflict,
            Condition.SUBNET_CONFLICT),
    SUBNET_FILE(
            Grade.BROKEN,
            "subnet.env, which container runtimes wait for",
            "{restart}",
            FileChecks::subnetFile,
            Condition.SUBNET_FILE_FAILING),
    BRIDGE_ADDRESS(
            Grade.BROKEN,
            "the addresses of the pods' bridges (cni0, docker0) beside subnet.env",
            "ip link delete {bridge}    # after the pods of the old subnet are gone; the next pod makes it again",
            FileChecks::bridges,
            Condition.STRAY_BRIDGE),
    POD_DEVICE(
            Grade.DEGRADED,
            "the ports of the pods' bridges, and in the pods' namespaces, whether their devices are such ports and have routes",
            "ip link set {device} up",
            FileChecks::ports),
    POD_MTU(
            Grade.DEGRADED,
            "the MTU of the pods' devices beside FLANNEL_MTU",
            "ip link set {device} mtu {mtu}    # and the pod's end, or recreate the pod",
            FileChecks::mtu),
    FORWARDING(
            Grade.BROKEN,
            "net.ipv4.ip_forward, net.ipv6.conf.all.forwarding, and `forwarding` of the devices of packets' way",
            "sysctl -w {setting}=1",
            KernelChecks::forwarding,
            Condition.FORWARDING_OFF,
            Condition.ROUTES_OVERRIDDEN),
    BRIDGE_CALLS(
            Grade.DEGRADED,
            "net.bridge.bridge-nf-call-iptables and -ip6tables, if flanneld uses iptables",
            "sysctl -w {setting}=1",
            KernelChecks::bridgeCalls,
            Condition.FORWARDING_OFF),
    BR_NETFILTER(
            Grade.BROKEN,
            "the same settings, which exist while the module br_netfilter is loaded",
            "modprobe br_netfilter && echo br_netfilter > /etc/modules-load.d/br_netfilter.conf",
            KernelChecks::brNetfilter),
    IPV6_OFF(
            Grade.BROKEN,
            "disable_ipv6 of the devices of packets' way, if pods have IPv6",
            "sysctl -w {setting}=0",
            KernelChecks::ipv6Off),
    RP_FILTER(
            Grade.BROKEN,
            "what the kernel says of packets that arrive from pods and hosts of other nodes (`ip route get … iif …`)",
            "sysctl -w net/ipv4/conf/{device}/rp_filter=2",
            KernelChecks::reversePath),
    MODULE_MISSING(
            Grade.BROKEN,
            "whether the kernel has the module of the backend's device, or /dev/net/tun",
            "modprobe {module}    # if that fails: apt install linux-modules-extra-$(uname -r)",
            KernelChecks::module),
    NEIGHBOR_TABLE(
            Grade.DEGRADED,
            "net.ipv4.neigh.default.gc_thresh3 beside the number of peers; permanent entries count before Linux 5.0",
            "sysctl -w net.ipv4.neigh.default.gc_thresh3={number}",
            KernelChecks::neighborTable),
    CHECKSUMS(
            Grade.DEGRADED,
            "UDP datagrams with wrong checksums in /proc/net/snmp; with probes, datagrams of either kind within the tunnel",
            "ethtool -K {device} tx off    # on all nodes; \"ChecksumOffload\": \"off\" keeps it so",
            KernelChecks::checksums),
    DEVICE(
            Grade.BROKEN,
            "the backend's devices: there, up, with the VNI, port, local address, interface and MTU of the configuration",
            "{restart}",
            EntryChecks::devices,
            Condition.BACKEND_FAILING),
    VTEP_MAC(
            Grade.BROKEN,
            "MAC addresses in neighbor and fdb entries beside those published, and this node's own",
            "{command}",
            EntryChecks::macs),
    ENTRIES(
            Grade.DEGRADED,
            "routes, neighbor and fdb entries of each peer",
            "{restart}",
            EntryChecks::entries,
            Condition.PEERS_REFUSED,
            Condition.KERNEL_REFUSES),
    LEFTOVERS(
            Grade.DEGRADED,
            "entries that no peer needs, and devices of another backend or VNI",
            "{command}",
            EntryChecks::leftovers),
    FOREIGN_ROUTE(
            Grade.BROKEN,
            "routes of other programs that win over those to peers, and rules of `ip rule` for pods' packets",
            "ip route delete {route}",
            EntryChecks::foreignRoutes,
            Condition.ROUTES_OVERRIDDEN,
            Condition.NETWORK_OVERLAP),
    TUNNEL_ROUTE(
            Grade.DEGRADED,
            "where rules and routing tables send packets to other nodes' hosts (`ip route get`)",
            "ip rule show; then delete the rule for that table: ip rule delete table {table}",
            EntryChecks::tunnelRoutes,
            Condition.PEERS_UNREACHABLE),
    NEIGHBOR(
            Grade.BROKEN,
            "permanent neighbor entries of other nodes' hosts and of gateways, beside the answers to ARP and NDP",
            "{command}",
            ProbeChecks::neighbors,
            Condition.NEIGHBOR_WRONG),
    PATH_MTU(
            Grade.DEGRADED,
            "the MTU of the routes to peers' hosts; with probes, the largest packets that come back",
            "{configure}",
            ProbeChecks::pathMtu,
            Condition.PATH_MTU),
    FOREIGN_DROP(
            Grade.BROKEN,
            "all rules of iptables, legacy and nft, and nftables, on the way of pods' and tunnel packets",
            "what the finding says: a command of the program that made the rule",
            RuleChecks::drops,
            Condition.FOREIGN_DROP),
    FOREIGN_REWRITE(
            Grade.DEGRADED,
            "the same rules, for those that masquerade or translate",
            "what the finding says: a command of the program that made the rule",
            RuleChecks::rewrites,
            Condition.FOREIGN_REWRITE),
    FOREIGN_MARK(
            Grade.BROKEN,
            "the same rules, for those that mark packets, and where rules of `ip rule` send packets with that mark",
            "what the finding says: delete the routing rule, or the one that marks",
            RuleChecks::marks,
            Condition.FOREIGN_MARK),
    FIREWALL(
            Grade.DEGRADED,
            "flannel's own masquerade and forward rules: there, unchanged, and reached by packets of pods to the outside",
            "{restart}",
            RuleChecks::own,
            Condition.FIREWALL_FAILING,
            Condition.RULES_SHADOWED),
    FIREWALLS_MIXED(
            Grade.DEGRADED,
            "whether both iptables-legacy and iptables-nft have rules",
            "iptables-legacy-save > /root/legacy.rules && iptables-legacy -F && iptables-legacy -t nat -F",
            RuleChecks::mixed),
    CNI_CONF(Grade.DEGRADED, "the first file in /etc/cni/net.d", "{command}", CniChecks::conf),
    CNI_PLUGIN(
            Grade.DEGRADED,
            "programs in /opt/cni/bin that the configuration needs",
            "install-cni    # of this program; bridge and host-local are those of containernetworking-plugins",
            CniChecks::plugins),
    CNI_POOL(
            Grade.BROKEN,
            "addresses that host-local gave away in /var/lib/cni/networks, beside the pods that live",
            "{command}",
            CniChecks::pool),
    TUNNEL_BLOCKED(
            Grade.BROKEN,
            "answers to pings outside and within the tunnel",
            "on the firewalls between {here} and {host}, allow {packets} in both directions",
            ProbeChecks::blocked),
    TUNNEL_PORT(
            Grade.BROKEN,
            "whether the peer refuses a datagram to the tunnel's port",
            "ss -lun | grep {port}; ip -d link show type vxlan    # on that node: its port must be this one",
            ProbeChecks::port),
    IPSEC_KEYS(
            Grade.DEGRADED,
            "whether charon is installed and answers, and has keys for each peer's subnet",
            "on the firewalls between, allow UDP ports 500 and 4500, and ESP, to and from {host}; PSK and ESPProposal have to be the same there",
            IpsecChecks::keys,
            Condition.IPSEC_FAILING,
            Condition.IPSEC_PEERS),
    WIREGUARD_SESSIONS(
            Grade.DEGRADED,
            "whether WireGuard's peers that were sent to have ever answered",
            "on the firewalls between, allow UDP to and from {endpoint}; PSK has to be the same there, and its clock right",
            WireguardChecks::sessions),
    PEER_SILENT(
            Grade.DEGRADED,
            "answers to pings of the peers' hosts",
            "ping -c 3 {host}; ip neigh show {host}",
            ProbeChecks::silent),
    REPORTED(
            Grade.DEGRADED,
            "what the running daemon says in status.json and no other check has found",
            "what the daemon says",
            _ -> Stream.empty()); // the [Doctor] adds it, as it depends on all others

    private final Grade grade;
    private final String looksAt;
    private final String remedy;
    private final Function<Snapshot, Stream<Diagnosis>> judge;
    private final List<Condition> covers;

    Check(Grade grade, String looks, String remedy, Function<Snapshot, Stream<Diagnosis>> judge, Condition... covers) {
        this.grade = grade;
        this.looksAt = looks;
        this.remedy = remedy;
        this.judge = judge;
        this.covers = List.of(covers);
    }

    /// Its name for programs: `store-silent`.
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    Grade grade() {
        return grade;
    }

    public String looksAt() {
        return looksAt;
    }

    public String remedy() {
        return remedy;
    }

    /// True if the answers of peers decide it, too.
    public boolean usesProbes() {
        return List.of(NEIGHBOR, TUNNEL_BLOCKED, TUNNEL_PORT, PEER_SILENT, PATH_MTU, CHECKSUMS)
                .contains(this);
    }

    /// True if what the daemon reports under that condition is the same fact.
    boolean covers(Condition condition) {
        return covers.contains(condition);
    }

    /// What is wrong, as far as this check is concerned.
    List<Diagnosis> judge(Snapshot snapshot) {
        return judge.apply(snapshot).filter(found -> found.check() == this).toList();
    }
}
