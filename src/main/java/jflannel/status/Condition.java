package jflannel.status;

import java.util.Locale;

/// Everything that can be wrong with a node, declared once: a code for programs, how bad it is, and what to do
/// about it. The detail of a [Finding] says what exactly is wrong. docs/conditions.md lists all of them for
/// operators.
public enum Condition {
    /// No pass has succeeded yet.
    STARTING(Severity.NO_NETWORK, "start", "Wait, or look at the other conditions."),
    /// Another daemon on this host owns something that this one needs.
    OTHER_DAEMON(
            Severity.NO_NETWORK, "other daemon", "Stop the other daemon, or give this one what the message names."),
    /// The network configuration is missing or unusable, and the node has no earlier one.
    NO_CONFIGURATION(Severity.NO_NETWORK, "configuration", "Create the network configuration, or correct it."),
    /// This node cannot use the network configuration; it keeps the old one, if it has one.
    CONFIGURATION_REFUSED(
            Severity.DEGRADED, "configuration", "Do what the message says, or correct the network configuration."),
    /// The store does not grant this node a lease, and the node has no earlier one.
    NO_LEASE(Severity.NO_NETWORK, "lease", "See the store's message; retried every second."),
    /// The store has not accepted what this node announces now; it keeps using the lease it has.
    LEASE_PENDING(Severity.DEGRADED, "lease", "See the store's message; retried every second."),
    /// Somebody keeps changing what this node publishes, which it writes back.
    LEASE_CONTESTED(
            Severity.DEGRADED,
            "lease",
            "Find the other node or program that the message suspects, and give it a name and an address of its own."),
    /// The node started without the store, from its state file.
    FROM_MEMORY(Severity.DEGRADED, "store", "Bring the store back; pods keep their network until then."),
    /// A device, route, neighbor or address that this node needs is missing.
    BACKEND_FAILING(Severity.NO_NETWORK, "backend", "See the kernel's message; retried every second."),
    /// The configuration insists that the kernel carries the packets of the udp backend, and it cannot.
    KERNEL_PATH_MISSING(
            Severity.DEGRADED,
            "data path",
            "Do what the message says, or set DataPath to auto; the daemon carries them."),
    /// The kernel refused entries for some peers, so they cannot be reached.
    PEERS_REFUSED(Severity.DEGRADED, "peers", "See the kernel's message; retried at every pass."),
    /// The kernel refused this node's own address on its device, or the entries for every peer.
    KERNEL_REFUSES(Severity.FAILING, "kernel", "See the kernel's message; retried at every pass."),
    /// Leases in the store are invalid, or conflict with older ones.
    LEASES_IGNORED(Severity.DEGRADED, "leases", "Correct what those nodes published, or delete it from the store."),
    /// Another program made a route or a rule that wins over one of our routes to a peer.
    ROUTES_OVERRIDDEN(
            Severity.DEGRADED,
            "routes",
            "Remove that route or rule, unless it leads to the same node; or put a rule before it: ip rule add to"
                    + " NETWORK lookup main priority 50."),
    /// A permanent neighbor entry sends packets for another node's host, or for a gateway, to a wrong MAC address.
    NEIGHBOR_WRONG(Severity.DEGRADED, "neighbors", "Delete that entry, as the message says."),
    /// What some peers published does not fit this node's backend, so they cannot be reached.
    PEERS_IGNORED(Severity.DEGRADED, "ignored peers", "Correct what those nodes published."),
    /// The kernel has no way to the hosts of some peers.
    PEERS_UNREACHABLE(
            Severity.DEGRADED,
            "hosts",
            "See ip route get ADDRESS: restore the route, or delete the rule that refuses."),
    /// The path to some peers has a smaller MTU than this node's interface.
    PATH_MTU(Severity.DEGRADED, "path MTU", "Raise the MTU on that path, or set the backend's MTU option to it."),
    /// The pods' network overlaps an address or a network of this host.
    NETWORK_OVERLAP(Severity.DEGRADED, "network", "Nothing to do if that is intended; else use another network."),
    /// This node's own subnet covers an address or a network that the host needs.
    SUBNET_CONFLICT(Severity.DEGRADED, "subnet", "Give this node another subnet, or the pods another network."),
    /// A bridge of pods has an address of a former subnet, or none, or is down, or shares its subnet with another, or
    /// lacks its route.
    STRAY_BRIDGE(Severity.DEGRADED, "bridge", "Do what the message says; recreate its pods, or restart Docker."),
    /// The store has lost the leases of some peers; their routes are kept for the grace period.
    PEERS_HELD(Severity.DEGRADED, "held peers", "Nothing to do if those nodes are gone on purpose."),
    /// The masquerade and forward rules cannot be set.
    FIREWALL_FAILING(Severity.FAILING, "firewall", "See the tool's message; retried by itself."),
    /// The peer filter cannot be set.
    PEER_FILTER_FAILING(Severity.FAILING, "peer filter", "See the tool's message; retried by itself."),
    /// The networks of this host cannot be kept apart.
    ISOLATION_FAILING(Severity.FAILING, "isolation", "See the tool's message; retried by itself."),
    /// The kernel does not take the rules of network policies.
    NETWORK_POLICY_FAILING(Severity.FAILING, "network policy", "See the kernel's message; retried by itself."),
    /// Policies, or what they select, were not listed yet.
    POLICIES_UNKNOWN(Severity.DEGRADED, "policies", "Bring the store back, and let this node list what is missing."),
    /// Policies cannot be understood.
    POLICIES_REFUSED(Severity.DEGRADED, "refused policies", "Correct the policies that the message names."),
    /// charon, which negotiates IPsec's keys, does not run or refuses what it is given.
    IPSEC_FAILING(
            Severity.FAILING,
            "IPsec",
            "Do what the message says; without charon, install charon-systemd (Debian), and disable the distribution's"
                    + " own services of strongSwan, which take its ports."),
    /// There are no IPsec keys for some peers, so packets to them are dropped.
    IPSEC_PEERS(
            Severity.DEGRADED,
            "IPsec peers",
            "Do what the message says; a silent peer may be down, or a firewall drops UDP 500, UDP 4500 or ESP."),
    /// A firewall rule of another program drops packets of this network.
    FOREIGN_DROP(Severity.DEGRADED, "foreign rules", "Do what the message says, which names the rule."),
    /// A firewall rule of another program replaces addresses in packets of this network.
    FOREIGN_REWRITE(Severity.DEGRADED, "foreign rules", "Do what the message says, which names the rule."),
    /// A firewall rule of another program marks packets of this network, and a routing rule sends those elsewhere.
    FOREIGN_MARK(Severity.DEGRADED, "foreign rules", "Do what the message says, which names the rule."),
    /// A firewall rule of another program keeps packets from our masquerade rules.
    RULES_SHADOWED(Severity.DEGRADED, "foreign rules", "Do what the message says, which names the rule."),
    /// The route of `--ip-blackhole-route` cannot be set.
    BLACKHOLE_FAILING(Severity.FAILING, "blackhole route", "See the kernel's message; retried every second."),
    /// `subnet.env` cannot be written.
    SUBNET_FILE_FAILING(Severity.NO_NETWORK, "subnet file", "Make the directory of --subnet-file writable."),
    /// The file with the options for the Docker daemon cannot be written.
    DOCKER_OPTIONS_FAILING(Severity.DEGRADED, "docker options", "Make the directory of that file writable."),
    /// The network of `--docker-network` does not have this node's subnet, or Docker does not answer.
    DOCKER_NETWORK(Severity.DEGRADED, "docker network", "Do what the message says; retried by itself."),
    /// The command after the start of the backend `extension` failed, so that nothing else of it was begun.
    EXTENSION_STARTUP(
            Severity.FAILING, "extension", "See what the command printed; it is run again by itself, with pauses."),
    /// A command of the backend `extension` failed for a peer.
    EXTENSION_COMMAND(
            Severity.DEGRADED,
            "extension commands",
            "See what the command printed; it is run again by itself, with pauses."),
    /// What the commands of the backend `extension` have added cannot be written down, so that it would be forgotten.
    EXTENSION_MEMORY(Severity.DEGRADED, "extension memory", "Make the directory of --state-file writable."),
    /// The kernel does not forward packets, because a sysctl is 0.
    FORWARDING_OFF(Severity.DEGRADED, "forwarding", "Set it with sysctl -w, as the message says."),
    /// The interface to the other nodes is missing, or has lost its addresses.
    UNDERLAY_MISSING(Severity.DEGRADED, "interface", "Bring the interface back, or name another one with --iface."),
    /// Notifications from the kernel do not arrive, so changes made by others are noticed later.
    KERNEL_WATCH_DOWN(Severity.DEGRADED, "kernel watch", "See the kernel's message; retried by itself."),
    /// The store has not answered for ten seconds.
    STORE_SILENT(Severity.DEGRADED, "store", "Bring the store back; pods keep their network until then."),
    /// Certificates for the store are missing or cannot be used; a connection that was made with others keeps those.
    CREDENTIALS_REFUSED(Severity.DEGRADED, "credentials", "Replace the certificates for the store."),
    /// The state file cannot be written, so the node could not start without the store.
    STATE_FILE_FAILING(Severity.DEGRADED, "state file", "Make the directory of --state-file writable."),
    /// `status.json` cannot be written, so programs that read it do not see how the node is.
    STATUS_FILE_FAILING(Severity.DEGRADED, "status file", "Make the directory of --subnet-file writable."),
    /// The backend needs a package that is not installed.
    CLOUD_NOT_INSTALLED(
            Severity.FAILING,
            "cloud route",
            "Install the package jflannel-cloud, or use an image whose name ends with -cloud; then restart flanneld."),
    /// The cloud has no route to this node's pods.
    CLOUD_ROUTE_MISSING(Severity.FAILING, "cloud route", "See the other cloud conditions; retried by itself."),
    /// There are no credentials for the cloud, or it does not accept them.
    CLOUD_CREDENTIALS(
            Severity.DEGRADED,
            "cloud route",
            "Give this machine a role, or the daemon credentials, as the page of the backend says."),
    /// The credentials do not permit a call.
    CLOUD_PERMISSION(
            Severity.DEGRADED, "cloud route", "Permit the action that the message names to this machine's role."),
    /// The cloud's route table is full, or will be soon.
    CLOUD_QUOTA(
            Severity.DEGRADED, "cloud route", "Raise the quota of routes, or remove some; vxlan needs none of them."),
    /// The cloud refuses calls because there were too many.
    CLOUD_THROTTLED(Severity.DEGRADED, "cloud route", "Nothing to do; retried by itself, ever more slowly."),
    /// The cloud does not answer, or refuses what it was asked.
    CLOUD_FAILING(Severity.DEGRADED, "cloud route", "See the cloud's message; retried by itself."),
    /// Another route in the cloud's table wins over this node's.
    CLOUD_ROUTE_OVERRIDDEN(Severity.DEGRADED, "cloud route", "Remove that route from the cloud's table."),
    /// A route of a former backend is still in a cloud's table.
    CLOUD_ROUTE_LEFT(
            Severity.DEGRADED, "cloud route", "See the cloud's message; retried by itself. Or delete the route there."),
    /// Other nodes' live traces cannot see this node.
    TRACE_WITNESS_OFF(
            Severity.DEGRADED, "trace witness", "Do what the message says, and restart flanneld; or drop --trace-key."),
    /// A thread of the daemon fails again and again.
    WORKER_FAILING(Severity.DEGRADED, "worker", "Report it as a bug, with the log.");

    private final Severity severity;
    private final String check;
    private final String remedy;

    Condition(Severity severity, String check, String remedy) {
        this.severity = severity;
        this.check = check;
        this.remedy = remedy;
    }

    /// Its name for programs: `store-silent`.
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public Severity severity() {
        return severity;
    }

    /// True if it sums up several cases, each of which its finder logs by itself.
    public boolean isSummary() {
        return switch (this) {
            case LEASES_IGNORED, PEERS_IGNORED, PEERS_REFUSED, KERNEL_REFUSES -> true;
            default -> false;
        };
    }

    /// The part of the node that it is about, as `/readyz?verbose` calls it.
    public String check() {
        return check;
    }

    /// What an operator can do about it.
    public String remedy() {
        return remedy;
    }
}
