package jflannel.metrics;

import java.util.List;

/// All metrics: the one place that knows their names. The table in docs/metrics.md is this one.
///
/// Names follow [Prometheus' rules](https://prometheus.io/docs/practices/naming/): base units, and `_total` for what
/// only grows. A summary is two lines, with `_count` and `_sum` after the name.
public enum Metric {
    BUILD(Type.INFO, "flannel_build_info", "1, with the version of flanneld and of Java", "version", "java"),
    READY(Type.GAUGE, "flannel_ready", "1 if pods may start, as `/readyz` tells"),
    CHECK_PASSED(Type.GAUGE, "flannel_check_passed", "1 for each part of the node that works, else 0", "check"),

    PEERS_DESIRED(Type.GAUGE, "flannel_peers_desired", "Other nodes that hold a lease"),
    PEERS_PROGRAMMED(Type.GAUGE, "flannel_peers_programmed", "Those of them to which the way is in place"),
    PEERS_FAILED(
            Type.GAUGE,
            "flannel_peers_failed",
            "Those of them to which some way is missing: what they announce makes no sense here, or the kernel refused"
                    + " it. The log names them"),
    PEERS_HELD(
            Type.GAUGE, "flannel_peers_held", "Those of them that are kept although the store has lost their leases"),

    RECONCILE_SECONDS(
            Type.SUMMARY,
            "flannel_reconcile_seconds",
            "Passes of the control loop over the whole node, and their time"),
    RECONCILE_AGE(
            Type.GAUGE,
            "flannel_reconcile_age_seconds",
            "Time since the last pass ended. More than 10 s at rest, plus the time of a pass, is too long"),
    KERNEL_CHANGES(
            Type.COUNTER,
            "flannel_kernel_changes_total",
            "Addresses, neighbors, forwarding entries and routes put into the kernel or deleted",
            "verb"),
    DRIFT_REPAIRED(
            Type.COUNTER,
            "flannel_drift_repaired_total",
            "Those of the changes that undid what somebody else had done, as no lease had changed"),
    DEVICE_CHANGES(
            Type.COUNTER,
            "flannel_device_changes_total",
            "How often a vxlan device was made or removed, or a device was given its MTU, MAC address or state"),
    KERNEL_LACKING(
            Type.GAUGE,
            "flannel_kernel_objects_refused",
            "Addresses, neighbors, forwarding entries and routes that the kernel refuses now"),
    FIREWALL_CHANGES(
            Type.COUNTER,
            "flannel_firewall_changes_total",
            "How often the firewall rules were set (at a start, or when something else was wanted) and repaired",
            "reason"),

    PEER_FILTER_DROPPED(
            Type.COUNTER,
            "flannel_peer_filter_dropped_packets_total",
            "Tunnel packets dropped by the peer filter: of strangers, made by pods (forwarded), or with the address of a"
                    + " pod that cannot be there (spoofed)",
            "reason"),

    STORE_REQUEST_SECONDS(
            Type.SUMMARY,
            "flannel_store_request_seconds",
            "Requests to the lease store by kind, and their time",
            "request"),
    STORE_REQUEST_ERRORS(
            Type.COUNTER,
            "flannel_store_request_errors_total",
            "Those of the requests that got no answer or a refusal",
            "request"),
    STORE_WATCHED(Type.GAUGE, "flannel_store_watched", "1 while the store tells of changes, 0 while it does not"),
    STORE_WATCH_AGE(
            Type.GAUGE, "flannel_store_watch_age_seconds", "How long the store has done so without interruption"),
    STORE_WATCH_RECONNECTS(
            Type.COUNTER, "flannel_store_watch_reconnects_total", "How often the watch had to begin anew"),
    LEASE_EXPIRY(
            Type.GAUGE,
            "flannel_lease_expiry_timestamp_seconds",
            "When this node's lease ends unless it is renewed, in seconds since 1970. None for a reservation, nor in"
                    + " Kubernetes"),

    UDP_PACKETS(
            Type.COUNTER,
            "flannel_udp_packets_total",
            "Packets at each point of their way through the udp backend; `udp_lost` are those that the kernel dropped"
                    + " because they were not received fast enough",
            "point"),
    UDP_BYTES(Type.COUNTER, "flannel_udp_bytes_total", "Their bytes, without the outer headers", "point"),
    UDP_TRAINS(
            Type.COUNTER,
            "flannel_udp_trains_total",
            "Trains of packets that the kernel took or gave as one message",
            "point"),
    UDP_SUPER_PACKETS(
            Type.COUNTER,
            "flannel_udp_super_packets_total",
            "Packets of one flow that the kernel took or gave as one",
            "point"),
    UDP_CALLS(Type.COUNTER, "flannel_udp_calls_total", "System calls that moved packets over the socket", "point"),
    UDP_DROPPED(
            Type.COUNTER,
            "flannel_udp_dropped_packets_total",
            "Packets dropped on their way out to a peer or in from one",
            "direction",
            "reason"),
    UDP_ICMP(
            Type.COUNTER,
            "flannel_udp_icmp_errors_total",
            "Senders told that their packet was dropped: sent, limited (too many) or refused (by the kernel)",
            "result"),
    UDP_READ_ERRORS(Type.COUNTER, "flannel_udp_read_errors_total", "Reads that failed for a passing reason"),

    PROCESS_RESIDENT(Type.GAUGE, "process_resident_memory_bytes", "Memory of the process that is in RAM"),
    PROCESS_CPU(Type.COUNTER, "process_cpu_seconds_total", "Processor time used, of user and system"),
    PROCESS_START(Type.GAUGE, "process_start_time_seconds", "When the process began, in seconds since 1970"),
    PROCESS_FILES(Type.GAUGE, "process_open_fds", "Open file descriptors"),
    HEAP_USED(Type.GAUGE, "jvm_memory_used_bytes", "Java's heap in use, garbage included", "area");

    /// What kind of number it is.
    enum Type {
        GAUGE,
        COUNTER,
        SUMMARY,
        INFO
    }

    private final Type type;
    private final String fullName;
    private final String help;
    private final List<String> labels;

    Metric(Type type, String fullName, String help, String... labels) {
        this.type = type;
        this.fullName = fullName;
        this.help = help;
        this.labels = List.of(labels);
    }

    Type type() {
        return type;
    }

    /// As Prometheus knows it.
    public String fullName() {
        return fullName;
    }

    String help() {
        return help;
    }

    List<String> labels() {
        return labels;
    }
}
