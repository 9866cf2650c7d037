package jflannel.options;

import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.names.Names;
import jflannel.underlay.InterfaceFlags;

/// The options of flanneld. A flag on the command line overrides the environment, which overrides the default.
public final class Options {
    public final Etcd etcd;
    public final Interface iface;
    public final Node node;
    public final Firewall firewall;
    public final Health health;
    public final Metrics metrics;
    /// Where to serve the status page, as [ServerAddress#parse] reads it; empty for nowhere.
    public final String statusPage;

    public final Trace trace;

    public final Kube kube;
    public final Log log;

    /// True if `--help` was given; do not rely on the other values then.
    public final boolean help;

    /// Warnings to log once logging works: ignored words, unknown variables, unreadable values in the environment.
    public final List<String> warnings;

    /// All options as flags, without secrets, for the start of the log.
    public final String redacted;

    /// The flags that were given, as arguments, without those that hold secrets: for others on this host who want to
    /// know where the leases are.
    public final List<String> given;

    /// With `--networks`, the options of each network, as if a daemon of its own served it; else empty.
    public final List<Options> networks;

    Options(
            FlagValues values,
            boolean help,
            List<String> warnings,
            String redacted,
            List<String> given,
            List<Options> networks) {
        this.etcd = new Etcd(values);
        this.iface = new Interface(values);
        this.node = new Node(values);
        this.firewall = new Firewall(values);
        this.health = new Health(values);
        this.metrics = new Metrics(values);
        this.statusPage = values.of(Flags.STATUS_PAGE);
        this.trace = new Trace(values.of(Flags.TRACE_KEY), values.of(Flags.TRACE_PORT));
        this.kube = new Kube(values);
        this.log = new Log(values);
        this.help = help;
        this.warnings = warnings;
        this.redacted = redacted;
        this.given = given;
        this.networks = networks;
    }

    /// Reads the command line, and the environment for options that the command line does not name.
    ///
    /// @throws ExitException if the command line cannot be read
    /// @throws jflannel.lease.ConfigException if a value can be read but not used
    public static Options parse(List<String> args, Map<String, String> environment) {
        return parse(args, environment, UnaryOperator.identity());
    }

    /// As [#parse], for a process whose files this one finds elsewhere.
    ///
    /// @param files where each file of a flag is
    public static Options parse(List<String> args, Map<String, String> environment, UnaryOperator<Path> files) {
        return new OptionReader(environment, files).read(args);
    }

    /// The help text.
    public static String usage() {
        return Usage.text();
    }

    /// All flags, in the order of the help.
    public static List<FlagHelp> help() {
        return Usage.flags();
    }

    /// The names of all flags with their dashes: `--etcd-prefix`, `-v`.
    public static List<String> names() {
        return Flags.all().map(Flag::dashed).toList();
    }

    /// How nodes ask each other to watch for the probe of a live trace.
    ///
    /// @param key the file that it is in; null for none
    /// @param port of UDP
    public record Trace(Path key, int port) {}

    /// Where the leases are.
    public static final class Etcd {
        private final List<String> endpoints;
        public final String prefix;
        public final Path caFile;
        public final Path certFile;
        public final Path keyFile;
        public final String username;
        public final String password;

        private Etcd(FlagValues values) {
            endpoints = values.of(Flags.ETCD_ENDPOINTS);
            prefix = values.of(Flags.ETCD_PREFIX);
            caFile = values.of(Flags.ETCD_CA_FILE);
            certFile = values.of(Flags.ETCD_CERT_FILE);
            keyFile = values.of(Flags.ETCD_KEY_FILE);
            username = values.of(Flags.ETCD_USERNAME);
            password = values.of(Flags.ETCD_PASSWORD);
        }

        public List<String> endpoints() {
            return endpoints;
        }
    }

    /// The interface and addresses through which nodes reach each other.
    public static final class Interface {
        private final List<String> names;
        private final List<Pattern> regexes;
        public final Ip canReach;
        public final Ip publicIp;
        public final Ip publicIpv6;

        private Interface(FlagValues values) {
            names = values.all(Flags.IFACE).stream()
                    .filter(name -> !name.isEmpty())
                    .toList();
            regexes = values.all(Flags.IFACE_REGEX).stream()
                    .filter(regex -> !regex.pattern().isEmpty())
                    .toList();
            canReach = values.of(Flags.IFACE_CAN_REACH);
            publicIp = values.of(Flags.PUBLIC_IP);
            publicIpv6 = values.of(Flags.PUBLIC_IPV6);
        }

        /// All of these together.
        public InterfaceFlags flags() {
            Map<Family, Ip> publicIps = new EnumMap<>(Family.class);
            if (publicIp != null) {
                publicIps.put(Family.IPV4, publicIp);
            }
            if (publicIpv6 != null) {
                publicIps.put(Family.IPV6, publicIpv6);
            }
            return new InterfaceFlags(names, regexes, Optional.ofNullable(canReach), publicIps);
        }
    }

    /// This node's files, and how it holds its lease.
    public static final class Node {
        public final Path subnetFile;
        public final Path dockerOptsFile;
        /// The name of the Docker network to keep; empty for none.
        public final String dockerNetwork;
        public final Duration renewMargin;
        public final Path stateFile;
        private final Names networkName;
        /// True if the networks of this daemon are kept apart.
        public final boolean isolate;
        public final Duration peerGrace;
        public final boolean blackholeRoute;
        /// The URL of the cloud's API; empty for the usual one.
        public final String cloudEndpoint;
        /// True if this node has no pods.
        public final boolean noSubnet;
        /// The number of the table for the routes to other nodes, unsigned.
        public final int routeTable;

        private Node(FlagValues values) {
            subnetFile = values.of(Flags.SUBNET_FILE);
            dockerOptsFile = values.of(Flags.DOCKER_OPTS_FILE);
            dockerNetwork = values.of(Flags.DOCKER_NETWORK);
            renewMargin = values.of(Flags.RENEW_MARGIN);
            stateFile = values.of(Flags.STATE_FILE);
            networkName = values.of(Flags.NETWORK_NAME);
            isolate = values.of(Flags.ISOLATE);
            peerGrace = values.of(Flags.PEER_GRACE);
            blackholeRoute = values.of(Flags.BLACKHOLE_ROUTE);
            cloudEndpoint = values.of(Flags.CLOUD_ENDPOINT);
            noSubnet = values.of(Flags.NO_SUBNET);
            routeTable = values.of(Flags.ROUTE_TABLE);
        }

        /// The name given to this network; empty to take one that is free.
        public Optional<Names> networkName() {
            return Optional.ofNullable(networkName);
        }
    }

    /// Which firewall rules to keep.
    public static final class Firewall {
        public final boolean masquerade;
        public final boolean plainPorts;
        public final boolean forward;
        public final PeerFilterMode peerFilter;
        public final boolean listenOnUnderlay;
        public final boolean networkPolicy;
        public final boolean networkPolicyCut;
        public final Duration resync;

        private Firewall(FlagValues values) {
            masquerade = values.of(Flags.MASQUERADE);
            plainPorts = values.of(Flags.PLAIN_PORTS);
            forward = values.of(Flags.FORWARD);
            peerFilter = values.of(Flags.PEER_FILTER);
            listenOnUnderlay = values.of(Flags.LISTEN_ON_UNDERLAY);
            networkPolicy = values.of(Flags.NETWORK_POLICY);
            networkPolicyCut = values.of(Flags.NETWORK_POLICY_CUT);
            resync = values.of(Flags.RESYNC);
        }
    }

    /// The health server.
    public static final class Health {
        public final Ip ip;
        public final int port;

        private Health(FlagValues values) {
            ip = values.of(Flags.HEALTH_IP);
            port = values.of(Flags.HEALTH_PORT);
        }
    }

    /// The metrics server.
    public static final class Metrics {
        public final Ip ip;
        public final int port;

        private Metrics(FlagValues values) {
            ip = values.of(Flags.METRICS_IP);
            port = values.of(Flags.METRICS_PORT);
        }
    }

    /// Leases in the Kubernetes API.
    public static final class Kube {
        public final boolean subnetManager;
        public final String apiUrl;
        public final Path kubeconfig;
        public final String annotationPrefix;
        public final Path netConfig;
        public final boolean setNetworkUnavailable;

        private Kube(FlagValues values) {
            subnetManager = values.of(Flags.KUBE);
            apiUrl = values.of(Flags.KUBE_API_URL);
            kubeconfig = values.of(Flags.KUBECONFIG_FILE);
            annotationPrefix = values.of(Flags.ANNOTATION_PREFIX);
            netConfig = values.of(Flags.NET_CONFIG);
            setNetworkUnavailable = values.of(Flags.SET_UNAVAILABLE);
        }
    }

    /// What to log on stderr.
    public static final class Log {
        public final int verbosity;
        public final boolean version;

        private Log(FlagValues values) {
            verbosity = values.of(Flags.VERBOSITY);
            version = values.of(Flags.VERSION);
        }
    }
}
