package jflannel.status;

import java.util.Locale;

/// Everything that can be wrong with a node, declared once: a code for programs, how bad it is, and what to do about
/// it.
/// What exactly is wrong is the detail of a [Finding].
public enum Condition {
    /// The first complete pass has not been made.
    STARTING(Severity.NO_NETWORK, "start", "Wait, or look at the other conditions."),
    /// Another daemon on this host has what this one needs.
    OTHER_DAEMON(Severity.NO_NETWORK, "other daemon", "Stop the other daemon, or give this one names of its own."),
    /// The configuration in the store is missing, or cannot be used, and there is none to go on with.
    NO_CONFIGURATION(Severity.NO_NETWORK, "configuration", "Put the network configuration into the store."),
    /// The configuration in the store was changed to one that this node cannot follow; it goes on with the old one.
    CONFIGURATION_REFUSED(Severity.DEGRADED, "configuration", "Correct the network configuration in the store."),
    /// The store gives this node no lease, and there is none to go on with.
    NO_LEASE(Severity.NO_NETWORK, "lease", "Look at the store's words; it is tried every second."),
    /// The store has not accepted what this node announces now; it goes on with the lease it has.
    LEASE_PENDING(Severity.DEGRADED, "lease", "Look at the store's words; it is tried every second."),
    /// The store does not answer, and this node works with what it remembers.
    FROM_MEMORY(Severity.DEGRADED, "store", "Bring the store back; pods keep their network meanwhile."),
    /// A device, route, neighbor or address that this node needs is missing.
    BACKEND_FAILING(Severity.NO_NETWORK, "backend", "Look at the kernel's words; it is tried every second."),
    /// The kernel refused entries for some peers, which are out of reach.
    PEERS_REFUSED(Severity.DEGRADED, "peers", "Look at the kernel's words; it is tried at every pass."),
    /// The kernel refused this node's own address on its device, or the entries for every peer.
    KERNEL_REFUSES(Severity.FAILING, "kernel", "Look at the kernel's words; it is tried at every pass."),
    /// Leases in the store make no sense, or contradict older ones.
    LEASES_IGNORED(Severity.DEGRADED, "leases", "Correct what those nodes published, or delete it from the store."),
    /// Another program made a route that wins over one of ours to a peer.
    ROUTES_OVERRIDDEN(Severity.DEGRADED, "routes", "Remove that route, unless it leads to the same node."),
    /// What some peers published makes no sense here, so they are out of reach.
    PEERS_IGNORED(Severity.DEGRADED, "ignored peers", "Correct what those nodes published."),
    /// Less fits through to some peers than this node's interface carries, so packets of the tunnel are fragmented.
    PATH_MTU(Severity.DEGRADED, "path MTU", "Raise the MTU on that path, or set the backend's MTU option to it."),
    /// Peers whose leases the store has lost are kept for a while.
    PEERS_HELD(Severity.DEGRADED, "held peers", "Nothing, if those nodes are gone on purpose."),
    FIREWALL_FAILING(Severity.FAILING, "firewall", "Look at the tool's words; it is tried again."),
    PEER_FILTER_FAILING(Severity.FAILING, "peer filter", "Look at the tool's words; it is tried again."),
    BLACKHOLE_FAILING(Severity.FAILING, "blackhole route", "Look at the kernel's words; it is tried every second."),
    SUBNET_FILE_FAILING(Severity.NO_NETWORK, "subnet file", "Make the folder of --subnet-file writable."),
    FORWARDING_OFF(Severity.DEGRADED, "forwarding", "Set it to 1 with sysctl -w."),
    /// The interface to the other nodes is missing, or has lost its addresses.
    UNDERLAY_MISSING(Severity.DEGRADED, "interface", "Bring the interface back, or name another one with --iface."),
    /// The kernel's news do not arrive, so that changes by others are noticed later.
    KERNEL_WATCH_DOWN(Severity.DEGRADED, "kernel watch", "Look at the kernel's words; it is tried again."),
    STORE_SILENT(Severity.DEGRADED, "store", "Bring the store back; pods keep their network meanwhile."),
    CREDENTIALS_REFUSED(Severity.DEGRADED, "credentials", "Replace the certificates for the store."),
    STATE_FILE_FAILING(Severity.DEGRADED, "state file", "Make the folder of --state-file writable."),
    /// A thread of the daemon failed and was started again.
    WORKER_FAILING(Severity.DEGRADED, "worker", "Report it as a defect, with the log.");

    private final Severity severity;
    private final String check;
    private final String remedy;

    Condition(Severity severity, String check, String remedy) {
        this.severity = severity;
        this.check = check;
        this.remedy = remedy;
    }

    /// What programs know it by: `store-silent`.
    public String code() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public Severity severity() {
        return severity;
    }

    /// Which part of the node it concerns, in the words of `/readyz?verbose`.
    public String check() {
        return check;
    }

    /// What an operator can do about it.
    public String remedy() {
        return remedy;
    }
}
