package jflannel.options;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Ip;
import jflannel.names.DaemonFiles;
import jflannel.names.Names;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options of flanneld: names, types, defaults and help, each declared here and nowhere else.
///
/// Each may also be set in the environment: `--etcd-prefix` by `FLANNELD_ETCD_PREFIX`. A flag beats the environment,
/// and that beats the default. Names, defaults and meanings are those of Go flannel v0.28.9. The help text and the
/// table in docs/configuration.md are made from these declarations.
@Command(name = "flanneld", sortOptions = false)
public final class Options {
    /// The lines that the settings file of distributions, `/etc/sysconfig/flanneld`, has always had for some
    /// flags. They too are variables of the environment; a variable `FLANNELD_…` beats them.
    public static final Map<String, String> SETTINGS_FILE =
            Map.of("--etcd-endpoints", "FLANNEL_ETCD_ENDPOINTS", "--etcd-prefix", "FLANNEL_ETCD_PREFIX");

    @Mixin
    public final Etcd etcd = new Etcd();

    @Mixin
    public final UnderlayOptions iface = new UnderlayOptions();

    @Mixin
    public final Node node = new Node();

    @Mixin
    public final Firewall firewall = new Firewall();

    @Mixin
    public final Health health = new Health();

    @Mixin
    public final Metrics metrics = new Metrics();

    @Mixin
    public final KubeOptions kube = new KubeOptions();

    @Mixin
    public final Log log = new Log();

    /// True if `--help` was among the flags; the other values are then not to be relied on.
    public boolean help;

    /// What should be said once logging works: ignored words, and values of the environment that could not be read.
    public List<String> warnings = List.of();

    /// All options as flags for the start of the log, without secrets.
    public String redacted = "";

    /// Reads the command line and, for the options it does not name, the environment.
    ///
    /// @throws ExitException if the command line cannot be read
    /// @throws jflannel.lease.ConfigException if a value was read but is of no use
    public static Options parse(List<String> args, Map<String, String> environment) {
        return new OptionReader(environment).read(args);
    }

    /// The help text.
    public static String usage() {
        return Usage.text();
    }

    /// The names of all flags with their dashes: `--etcd-prefix`, `-v`.
    public static List<String> names() {
        return OptionReader.specs(new Options())
                .map(option -> option.longestName())
                .toList();
    }

    /// Where the leases are.
    @Command(header = "Leases in etcd:")
    public static final class Etcd {
        @Option(
                names = "--etcd-endpoints",
                paramLabel = "URL[,URL]…",
                defaultValue = "http://127.0.0.1:4001,http://127.0.0.1:2379",
                converter = OptionTypes.Endpoints.class,
                description =
                        "Client URLs of the etcd members. HOST:PORT alone means https if a TLS file is given, else"
                                + " http.")
        private OptionTypes.Endpoints.Urls endpoints;

        @Option(
                names = "--etcd-prefix",
                paramLabel = "KEY",
                defaultValue = Names.ETCD_PREFIX,
                converter = OptionTypes.Prefix.class,
                description = "What the keys of this network begin with.")
        public String prefix;

        @Option(
                names = "--etcd-cafile",
                paramLabel = "FILE",
                converter = OptionTypes.File.class,
                description = "Certificates (PEM) of the authorities that may vouch for etcd.")
        public Path caFile;

        @Option(
                names = "--etcd-certfile",
                paramLabel = "FILE",
                converter = OptionTypes.File.class,
                description = "Certificate (PEM) to show to etcd; needs --etcd-keyfile.")
        public Path certFile;

        @Option(
                names = "--etcd-keyfile",
                paramLabel = "FILE",
                converter = OptionTypes.File.class,
                description = "Private key (PEM) of that certificate.")
        public Path keyFile;

        @Option(
                names = "--etcd-username",
                paramLabel = "NAME",
                defaultValue = "",
                description = "User to log in to etcd as.")
        public String username;

        @Option(
                names = "--etcd-password",
                paramLabel = "WORD",
                defaultValue = "",
                description = "Password of that user. Better given as FLANNELD_ETCD_PASSWORD: flags can be seen by"
                        + " all users of this machine.")
        public String password;

        public List<String> endpoints() {
            return endpoints.all();
        }

        /// The addresses of those endpoints that are given by their addresses.
        public List<Ip> addresses() {
            return endpoints().stream()
                    .map(url -> URI.create(url).getHost())
                    .flatMap(host -> address(host).stream())
                    .toList();
        }

        private static Optional<Ip> address(String host) {
            try {
                return Optional.of(Ip.parse(host.replaceAll("[\\[\\]]", "")));
            } catch (IllegalArgumentException e) {
                return Optional.empty(); // a name
            }
        }
    }

    /// What this node keeps and how it holds its lease.
    @Command(header = "This node:")
    public static final class Node {
        @Option(
                names = "--subnet-file",
                paramLabel = "FILE",
                defaultValue = DaemonFiles.SUBNET,
                converter = OptionTypes.NamedFile.class,
                description = "Where to write this node's subnet, MTU and so on as environment variables.")
        public Path subnetFile;

        @Option(
                names = "--docker-opts-file",
                paramLabel = "FILE",
                defaultValue = "",
                converter = OptionTypes.File.class,
                description = "Where to keep options for the Docker daemon that follow from the subnet, as"
                        + " mk-docker-opts.sh writes them; empty for nowhere.")
        public Path dockerOptsFile;

        @Option(
                names = "--subnet-lease-renew-margin",
                paramLabel = "MINUTES",
                defaultValue = "60",
                converter = OptionTypes.RenewMargin.class,
                description = "Renew the lease this long before it expires, 1 to 1439.")
        public Duration renewMargin;

        @Option(
                names = "--state-file",
                paramLabel = "FILE",
                defaultValue = DaemonFiles.STATE,
                converter = OptionTypes.File.class,
                description = "Where to keep what this node last knew of the network, to start from while the store is"
                        + " down; empty for nowhere.")
        public Path stateFile;

        @Option(
                names = "--network-name",
                paramLabel = "auto|default|NAME",
                defaultValue = "auto",
                converter = OptionTypes.NetworkName.class,
                description =
                        "Name of this network on this host, one to six lower-case letters and digits: chains, tables"
                                + " and so on end with it, so that several networks can share a host. default stands for the"
                                + " names of Go flannel; with auto this daemon has these unless another one has.")
        private Names networkName;

        @Option(
                names = "--peer-grace",
                paramLabel = "SECONDS",
                defaultValue = "600",
                converter = OptionTypes.Grace.class,
                description = "Keep the ways to nodes whose leases ran out, or vanished with many others, this long; 0"
                        + " to drop them at once.")
        public Duration peerGrace;

        @Option(
                names = "--ip-blackhole-route",
                defaultValue = "false",
                converter = OptionTypes.Truth.class,
                description = "Keep a blackhole route for this node's subnet, so that packets to addresses without a"
                        + " pod end here.")
        public boolean blackholeRoute;

        /// The name that the operator gave to this network; empty for the one that is free.
        public Optional<Names> networkName() {
            return Optional.ofNullable(networkName);
        }
    }

    /// Which rules to keep in the kernel's packet filter.
    @Command(header = "Firewall rules:")
    public static final class Firewall {
        @Option(
                names = "--ip-masq",
                defaultValue = "false",
                converter = OptionTypes.Truth.class,
                description = "Hide pod addresses behind the node's for traffic that leaves the network.")
        public boolean masquerade;

        @Option(
                names = "--ip-masq-fully-random-disable",
                defaultValue = "false",
                converter = OptionTypes.Truth.class,
                description = "Let the kernel keep source ports when it masquerades, instead of random ones.")
        public boolean plainPorts;

        @Option(
                names = "--iptables-forward-rules",
                defaultValue = "true",
                converter = OptionTypes.Truth.class,
                description = "Accept forwarded traffic of the network, with nftables as well.")
        public boolean forward;

        @Option(
                names = "--peer-filter",
                paramLabel = "auto|on|off",
                defaultValue = "auto",
                converter = OptionTypes.PeerFilter.class,
                description = "Let tunnel packets of vxlan in only from other nodes. Needs nftables"
                        + " (\"EnableNFTables\": true in the network configuration); with auto it is on there.")
        public OptionTypes.PeerFilterMode peerFilter;

        @Option(
                names = "--listen-on-underlay",
                defaultValue = "true",
                converter = OptionTypes.Truth.class,
                description =
                        "Where the peer filter is on, take tunnel packets only at the addresses that other nodes send"
                                + " to, and by an interface that leads to them.")
        public boolean listenOnUnderlay;

        @Option(
                names = "--iptables-resync",
                paramLabel = "SECONDS",
                defaultValue = "5",
                converter = OptionTypes.Seconds.class,
                description = "Look after the rules, and the blackhole route, this often.")
        public Duration resync;
    }

    /// Where to ask how this process is.
    @Command(header = "Health server:")
    public static final class Health {
        @Option(
                names = "--healthz-ip",
                paramLabel = "IP",
                defaultValue = "0.0.0.0",
                converter = OptionTypes.Address.class,
                description = "Address of the health server.")
        public Ip ip;

        @Option(
                names = "--healthz-port",
                paramLabel = "PORT",
                defaultValue = "0",
                converter = OptionTypes.Port.class,
                description = "Port of the health server; 0 for none.")
        public int port;
    }

    /// Where Prometheus may read how this process is.
    @Command(header = "Metrics server:")
    public static final class Metrics {
        @Option(
                names = "--metrics-ip",
                paramLabel = "IP",
                defaultValue = "0.0.0.0",
                converter = OptionTypes.Address.class,
                description = "Address of the server of metrics for Prometheus.")
        public Ip ip;

        @Option(
                names = "--metrics-port",
                paramLabel = "PORT",
                defaultValue = "0",
                converter = OptionTypes.Port.class,
                description = "Port of that server, whose page is /metrics; 0 for none.")
        public int port;
    }

    /// What to write on stderr.
    @Command(header = "Log and information:")
    public static final class Log {
        @Option(
                names = "-v",
                paramLabel = "LEVEL",
                defaultValue = "0",
                converter = OptionTypes.Int.class,
                description = "How much to log: 1 for details, 4 for everything.")
        public int verbosity;

        @Option(
                names = "--vmodule",
                paramLabel = "LIST",
                defaultValue = "",
                description = "Accepted for compatibility; has no effect.")
        private String vmodule;

        @Option(
                names = "--log_backtrace_at",
                paramLabel = "FILE:LINE",
                defaultValue = "",
                description = "Accepted for compatibility; has no effect.")
        private String backtraceAt;

        @Option(
                names = "--version",
                defaultValue = "false",
                converter = OptionTypes.Truth.class,
                description = "Print the version and exit.")
        public boolean version;
    }
}
