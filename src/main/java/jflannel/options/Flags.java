package jflannel.options;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jflannel.ip.Ip;
import jflannel.names.DaemonFiles;
import jflannel.names.Names;

/// All flags of flanneld: those of Go flannel v0.28.9, with the same defaults and meanings, and a few more.
final class Flags {
    static final Flag<List<String>> ETCD_ENDPOINTS = Flag.of(
            "etcd-endpoints",
            "URL[,URL]…",
            "http://127.0.0.1:4001,http://127.0.0.1:2379",
            Readings::endpoints,
            "Client URLs of the etcd members. HOST:PORT alone means https if a TLS file is given, else http.");
    static final Flag<String> ETCD_PREFIX =
            Flag.of("etcd-prefix", "KEY", Names.ETCD_PREFIX, Readings::prefix, "Prefix of this network's keys.");
    static final Flag<Path> ETCD_CA_FILE =
            Flag.of("etcd-cafile", "FILE", "", Readings::file, "CA certificates (PEM) that verify etcd's certificate.");
    static final Flag<Path> ETCD_CERT_FILE = Flag.of(
            "etcd-certfile", "FILE", "", Readings::file, "Client certificate (PEM) for etcd; needs --etcd-keyfile.");
    static final Flag<Path> ETCD_KEY_FILE =
            Flag.of("etcd-keyfile", "FILE", "", Readings::file, "Private key (PEM) of the client certificate.");
    static final Flag<String> ETCD_USERNAME =
            Flag.of("etcd-username", "NAME", "", Readings::text, "User to log in to etcd with.");
    static final Flag<String> ETCD_PASSWORD = Flag.of(
                    "etcd-password",
                    "WORD",
                    "",
                    Readings::text,
                    "Password of that user. Prefer FLANNELD_ETCD_PASSWORD: every user of this machine can see the"
                            + " command line.")
            .secret();

    static final Flag<String> IFACE = Flag.of(
                    "iface",
                    "NAME|IP",
                    "",
                    Readings::text,
                    "Interface, by name or address, that carries traffic between nodes. May be repeated: the first one"
                            + " that exists wins. Without any --iface flag, the interface of the default"
                            + " route.")
            .repeatable();
    static final Flag<Pattern> IFACE_REGEX = Flag.of(
                    "iface-regex",
                    "REGEX",
                    "",
                    Readings::regex,
                    "Interface with an address, or else a name, that matches this expression. May be repeated; tried"
                            + " after every --iface.")
            .repeatable();
    static final Flag<Ip> IFACE_CAN_REACH = Flag.of(
            "iface-can-reach",
            "IP",
            "",
            Readings::address,
            "Interface through which this node reaches this address. Tried last.");
    static final Flag<Ip> PUBLIC_IP = Flag.of(
            "public-ip",
            "IP",
            "",
            Readings::publicIpv4,
            "IPv4 address other nodes send to. It also selects the interface; behind NAT, give --iface as well.");
    static final Flag<Ip> PUBLIC_IPV6 = Flag.of("public-ipv6", "IP", "", Readings::publicIpv6, "The same for IPv6.");

    static final Flag<Path> SUBNET_FILE = Flag.of(
            "subnet-file",
            "FILE",
            DaemonFiles.SUBNET,
            Readings::namedFile,
            "File for this node's subnet, MTU and so on, as environment variables.");
    static final Flag<Duration> RENEW_MARGIN = Flag.of(
            "subnet-lease-renew-margin",
            "MINUTES",
            "60",
            Readings::renewMargin,
            "Renew the lease this long before it expires, 1 to 1439.");
    static final Flag<Path> DOCKER_OPTS_FILE = Flag.of(
            "docker-opts-file",
            "FILE",
            "",
            Readings::file,
            "File for Docker daemon options that fit this node's subnet, as mk-docker-opts.sh writes them;"
                    + " empty for nowhere.");
    static final Flag<String> DOCKER_NETWORK = Flag.of(
            "docker-network",
            "NAME",
            "",
            Readings::dockerNetwork,
            "Name of a Docker network to keep in step with the subnet, as flannel docker-network create makes it; empty"
                    + " for none.");
    static final Flag<Path> STATE_FILE = Flag.of(
            "state-file",
            "FILE",
            DaemonFiles.STATE,
            Readings::file,
            "File for what this node last knew about the network, so that it can start while the store is down;"
                    + " empty for nowhere.");
    static final Flag<Names> NETWORK_NAME = Flag.of(
            "network-name",
            "auto|default|NAME",
            "auto",
            Readings::networkName,
            "Name of this network on this host, one to six lower-case letters and digits. Chains, tables and so on end"
                    + " with it, so that several networks can share a host. default means Go flannel's names;"
                    + " auto means these too, unless another daemon uses them.");
    static final Flag<List<String>> NETWORKS = Flag.of(
            "networks",
            "NAME[,NAME]…",
            "",
            Readings::networks,
            "Serve these networks, each with leases and a configuration of its own under PREFIX/NAME in etcd, instead of"
                    + " the one under PREFIX. A name has one to six lower-case letters and digits.");
    static final Flag<Path> SUBNET_DIR = Flag.of(
            "subnet-dir",
            "DIRECTORY",
            DaemonFiles.SUBNETS,
            Readings::namedFile,
            "With --networks: directory for the subnet files, such as red.env, in place of --subnet-file.");
    static final Flag<Boolean> ISOLATE =
            Flag.toggle("isolate", true, "With --networks: let no packet pass from one of these networks to another.");
    static final Flag<Duration> PEER_GRACE = Flag.of(
            "peer-grace",
            "SECONDS",
            "600",
            Readings::grace,
            "How long to keep routes to nodes whose leases expired or vanished along with many others; 0 to drop them"
                    + " at once.");
    static final Flag<Boolean> BLACKHOLE_ROUTE = Flag.toggle(
            "ip-blackhole-route",
            false,
            "Keep a blackhole route for this node's subnet, so that packets to addresses without a pod end here.");

    static final Flag<String> CLOUD_ENDPOINT = Flag.of(
            "cloud-endpoint",
            "URL",
            "",
            Readings::cloudEndpoint,
            "Where the API of the cloud is, for private clouds and tests; empty for the cloud's usual place. Only with"
                    + " the backends that use a cloud's route table.");
    static final Flag<Boolean> NO_SUBNET = Flag.toggle(
            "no-subnet",
            false,
            "Join without pods: this node reaches all pods and they reach it, but it leases one address instead of a"
                    + " subnet, and writes no subnet file. Only with etcd.");
    static final Flag<Integer> ROUTE_TABLE = Flag.of(
            "route-table",
            "NUMBER",
            "254",
            Readings::routeTable,
            "Routing table for the routes to other nodes' subnets. With any other than the main table, 254, a rule of"
                    + " priority 5000 has packets to pods looked up there first.");

    static final Flag<Boolean> MASQUERADE =
            Flag.toggle("ip-masq", false, "Hide pod addresses behind the node's in traffic that leaves the network.");
    static final Flag<Boolean> PLAIN_PORTS = Flag.toggle(
            "ip-masq-fully-random-disable",
            false,
            "Masquerade without random source ports: the kernel keeps a port where it can.");
    static final Flag<Boolean> FORWARD =
            Flag.toggle("iptables-forward-rules", true, "Accept the network's forwarded traffic, also with nftables.");
    static final Flag<PeerFilterMode> PEER_FILTER = Flag.of(
            "peer-filter",
            "auto|on|off",
            "auto",
            Readings::peerFilter,
            "Accept tunnel packets (vxlan, ipip) only from other nodes. Needs nftables (\"EnableNFTables\": true in the"
                    + " network configuration); auto turns it on where nftables is used.");
    static final Flag<Boolean> LISTEN_ON_UNDERLAY = Flag.toggle(
            "listen-on-underlay",
            true,
            "With the peer filter, accept tunnel packets only at the addresses that other nodes send to, and only on an"
                    + " interface that leads to those nodes.");
    static final Flag<Boolean> NETWORK_POLICY = Flag.toggle(
            "network-policy",
            false,
            "Enforce network policies by nftables: NetworkPolicy objects of Kubernetes, or those that `flannel policy`"
                    + " keeps in etcd.");
    static final Flag<Boolean> NETWORK_POLICY_CUT = Flag.toggle(
            "network-policy-cut",
            false,
            "With --network-policy, end established connections, too, when policies no longer allow them.");
    static final Flag<Duration> RESYNC = Flag.of(
            "iptables-resync",
            "SECONDS",
            "5",
            Readings::seconds,
            "How often to check the rules and the blackhole route.");

    static final Flag<Ip> HEALTH_IP =
            Flag.of("healthz-ip", "IP", "0.0.0.0", Readings::address, "Address of the health server.");
    static final Flag<Integer> HEALTH_PORT =
            Flag.of("healthz-port", "PORT", "0", Readings::port, "Port of the health server; 0 for none.");
    static final Flag<Ip> METRICS_IP =
            Flag.of("metrics-ip", "IP", "0.0.0.0", Readings::address, "Address of the Prometheus metrics server.");
    static final Flag<Integer> METRICS_PORT = Flag.of(
            "metrics-port",
            "PORT",
            "0",
            Readings::port,
            "Port of the metrics server, which serves /metrics; 0 for none.");

    static final Flag<String> STATUS_PAGE = Flag.of(
            "status-page",
            "PORT|IP:PORT",
            "",
            Readings::serverAddress,
            "Where to serve the status page for people with a browser; a port alone means 127.0.0.1. Empty for"
                    + " nowhere.");

    static final Flag<Path> TRACE_KEY = Flag.of(
            "trace-key",
            "FILE",
            "",
            Readings::file,
            "File with a key that all nodes share, for flannel trace --live: nodes then watch their devices for each"
                    + " other's probes. Empty for none.");
    static final Flag<Integer> TRACE_PORT = Flag.of(
            "trace-port",
            "PORT",
            "8286",
            Readings::portOfSome,
            "UDP port, the same on all nodes, at which a node with --trace-key is asked to watch.");

    static final Flag<Boolean> KUBE = Flag.toggle(
            "kube-subnet-mgr", false, "Use the Kubernetes API instead of etcd; this node's subnet is its podCIDR.");
    static final Flag<String> KUBE_API_URL = Flag.of(
            "kube-api-url",
            "URL",
            "",
            Readings::text,
            "URL of the API server, such as https://192.0.2.1:6443; not needed in a pod.");
    static final Flag<Path> KUBECONFIG_FILE = Flag.of(
            "kubeconfig-file",
            "FILE",
            "",
            Readings::file,
            "Kubeconfig file with access to the API server; not needed in a pod.");
    static final Flag<String> ANNOTATION_PREFIX = Flag.of(
            "kube-annotation-prefix",
            "PREFIX",
            Names.ANNOTATION_PREFIX,
            Readings::text,
            "Prefix of this network's node annotations.");
    static final Flag<Path> NET_CONFIG = Flag.of(
            "net-config-path",
            "FILE",
            "/etc/kube-flannel/net-conf.json",
            Readings::namedFile,
            "File with the network configuration.");
    static final Flag<Boolean> SET_UNAVAILABLE = Flag.toggle(
            "set-node-network-unavailable", true, "Maintain the node condition NetworkUnavailable: False once ready.");

    static final Flag<Integer> VERBOSITY =
            Flag.of("v", "LEVEL", "0", Readings::number, "How much to log: 1 for details, 4 for everything.");
    static final Flag<String> VMODULE =
            Flag.of("vmodule", "LIST", "", Readings::text, "Accepted for compatibility; has no effect.");
    static final Flag<String> BACKTRACE =
            Flag.of("log_backtrace_at", "FILE:LINE", "", Readings::text, "Accepted for compatibility; has no effect.");
    static final Flag<Boolean> VERSION = Flag.toggle("version", false, "Print the version and exit.");

    /// Flags that the help lists together.
    record Group(String title, List<Flag<?>> flags) {}

    static final List<Group> GROUPS = List.of(
            new Group(
                    "Leases in etcd",
                    List.of(
                            ETCD_ENDPOINTS,
                            ETCD_PREFIX,
                            ETCD_CA_FILE,
                            ETCD_CERT_FILE,
                            ETCD_KEY_FILE,
                            ETCD_USERNAME,
                            ETCD_PASSWORD)),
            new Group("Traffic between nodes", List.of(IFACE, IFACE_REGEX, IFACE_CAN_REACH, PUBLIC_IP, PUBLIC_IPV6)),
            new Group(
                    "This node",
                    List.of(
                            SUBNET_FILE,
                            DOCKER_OPTS_FILE,
                            DOCKER_NETWORK,
                            RENEW_MARGIN,
                            STATE_FILE,
                            NETWORK_NAME,
                            NETWORKS,
                            SUBNET_DIR,
                            ISOLATE,
                            PEER_GRACE,
                            BLACKHOLE_ROUTE,
                            CLOUD_ENDPOINT,
                            NO_SUBNET,
                            ROUTE_TABLE)),
            new Group(
                    "Firewall rules",
                    List.of(
                            MASQUERADE,
                            PLAIN_PORTS,
                            FORWARD,
                            PEER_FILTER,
                            LISTEN_ON_UNDERLAY,
                            NETWORK_POLICY,
                            NETWORK_POLICY_CUT,
                            RESYNC)),
            new Group("Health server", List.of(HEALTH_IP, HEALTH_PORT)),
            new Group("Metrics server", List.of(METRICS_IP, METRICS_PORT)),
            new Group("Status page", List.of(STATUS_PAGE)),
            new Group("Live traces", List.of(TRACE_KEY, TRACE_PORT)),
            new Group(
                    "Kubernetes instead of etcd",
                    List.of(KUBE, KUBE_API_URL, KUBECONFIG_FILE, ANNOTATION_PREFIX, NET_CONFIG, SET_UNAVAILABLE)),
            new Group("Log and information", List.of(VERBOSITY, VMODULE, BACKTRACE, VERSION)));

    private Flags() {}

    static Stream<Flag<?>> all() {
        return GROUPS.stream().flatMap(group -> group.flags().stream());
    }
}
