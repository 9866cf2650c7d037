package jflannel.metrics;

import java.util.List;

/// All metrics: the one place that knows their names. docs/metrics.md has the same table.
///
/// Names follow [Prometheus' rules](https://prometheus.io/docs/practices/naming/): base units, and `_total` for what
/// only grows. A summary is two lines, with `_count` and `_sum` after the name.
public enum Metric {
    BUILD(Type.INFO, "flannel_build_info", "1, with the version of flanneld and of Java", "version", "java"),
    READY(Type.GAUGE, "flannel_ready", "1 if the node is ready, as `/readyz` says"),
    CHECK_PASSED(Type.GAUGE, "flannel_check_passed", "1 for each check of `/readyz` that passes, else 0", "check"),

    PEERS_DESIRED(Type.GAUGE, "flannel_peers_desired", "Other nodes that hold a lease"),
    PEERS_PROGRAMMED(Type.GAUGE, "flannel_peers_programmed", "Peers whose entries are in the kernel"),
    PEERS_FAILED(
            Type.GAUGE,
            "flannel_peers_failed",
            "Peers with at least one missing entry: they announced something unusable, or the kernel refused it. The"
                    + " log names them"),
    PEERS_HELD(Type.GAUGE, "flannel_peers_held", "Peers that are kept although the store has lost their leases"),

    RECONCILE_SECONDS(Type.SUMMARY, "flannel_reconcile_seconds", "Passes of the control loop, and their duration"),
    RECONCILE_AGE(Type.GAUGE, "flannel_reconcile_age_seconds", "Time since the last pass ended"),
    KERNEL_CHANGES(
            Type.COUNTER,
            "flannel_kernel_changes_total",
            "Addresses, neighbors, forwarding entries and routes added to the kernel or deleted",
            "verb"),
    DRIFT_REPAIRED(Type.COUNTER, "flannel_drift_repaired_total", "Changes that undid what somebody else had done"),
    DEVICE_CHANGES(
            Type.COUNTER,
            "flannel_device_changes_total",
            "How often a device was created or removed, or its MTU, MAC address or state corrected"),
    KERNEL_LACKING(
            Type.GAUGE,
            "flannel_kernel_objects_refused",
            "Addresses, neighbors, forwarding entries and routes that the kernel currently refuses"),
    FIREWALL_CHANGES(
            Type.COUNTER,
            "flannel_firewall_changes_total",
            "How often firewall rules were set (at a start, or after a change of configuration) or repaired",
            "reason"),

    PEER_FILTER_DROPPED(
            Type.COUNTER,
            "flannel_peer_filter_dropped_packets_total",
            "Tunnel packets dropped by the peer filter: from strangers, arriving elsewhere than expected, made by pods"
                    + " (forwarded), or with the address of a pod that cannot be there (spoofed)",
            "reason"),

    CLOUD_ROUTE(Type.GAUGE, "flannel_cloud_route_in_place", "1 if the cloud routes this node's subnet to it, else 0"),
    POLICY_REFUSED(
            Type.COUNTER,
            "flannel_policy_refused_packets_total",
            "First packets of connections that network policies refused to, or from, pods of this node: by policy and"
                    + " direction. A packet counts for each policy that isolates the pod",
            "policy",
            "direction"),

    STORE_REQUEST_SECONDS(
            Type.SUMMARY,
            "flannel_store_request_seconds",
            "Requests to the lease store by kind, and their duration",
            "request"),
    STORE_REQUEST_ERRORS(
            Type.COUNTER, "flannel_store_request_errors_total", "Requests that got no answer or a refusal", "request"),
    STORE_WATCHED(Type.GAUGE, "flannel_store_watched", "1 while the watch is connected, 0 while it is not"),
    STORE_WATCH_AGE(
            Type.GAUGE,
            "flannel_store_watch_age_seconds",
            "How long the watch has been connected without interruption"),
    STORE_WATCH_RECONNECTS(
            Type.COUNTER, "flannel_store_watch_reconnects_total", "How often the watch had to start over"),
    LEASE_EXPIRY(
            Type.GAUGE,
            "flannel_lease_expiry_timestamp_seconds",
            "When this node's lease expires unless it is renewed, in seconds since 1970. Absent for a reservation and in"
                    + " Kubernetes"),

    UDP_PACKETS(
            Type.COUNTER,
            "flannel_udp_packets_total",
            "Packets at each point of their path through the udp backend; the `kernel_` ones do not reach the daemon."
                    + " `udp_lost` are those that the kernel dropped"
                    + " because they were not received fast enough",
            "point"),
    UDP_BYTES(Type.COUNTER, "flannel_udp_bytes_total", "Their bytes, without the outer headers", "point"),
    UDP_PEER_PACKETS(
            Type.COUNTER,
            "flannel_udp_peer_packets_total",
            "The `kernel_` ones for each peer's subnet, or for the 200 that were known first",
            "subnet",
            "point"),
    UDP_PEER_BYTES(
            Type.COUNTER, "flannel_udp_peer_bytes_total", "Their bytes, without the outer headers", "subnet", "point"),
    UDP_TRAINS(
            Type.COUNTER,
            "flannel_udp_trains_total",
            "Trains of packets exchanged with the kernel as one message",
            "point"),
    UDP_SUPER_PACKETS(
            Type.COUNTER,
            "flannel_udp_super_packets_total",
            "Packets of one flow exchanged with the kernel as one",
            "point"),
    UDP_CALLS(Type.COUNTER, "flannel_udp_calls_total", "System calls that moved packets over the socket", "point"),
    UDP_DROPPED(
            Type.COUNTER,
            "flannel_udp_dropped_packets_total",
            "Packets dropped on the way out to a peer or in from one",
            "direction",
            "reason"),
    UDP_ICMP(
            Type.COUNTER,
            "flannel_udp_icmp_errors_total",
            "ICMP errors about dropped packets: sent, limited (too many) or refused (by the kernel)",
            "result"),
    UDP_READ_ERRORS(Type.COUNTER, "flannel_udp_read_errors_total", "Reads that failed for a temporary reason"),

    IPSEC_PEERS_LACKING(
            Type.GAUGE, "flannel_ipsec_peers_without_keys", "Peers' subnets that packets cannot be encrypted for"),
    IPSEC_PEER_UP(
            Type.GAUGE,
            "flannel_ipsec_peer_up",
            "1 for a peer's subnet that there are keys for, else 0; of 200 peers",
            "subnet"),
    IPSEC_PEER_SECONDS(Type.GAUGE, "flannel_ipsec_peer_state_seconds", "How long that has been so", "subnet"),
    IPSEC_PEER_BYTES(
            Type.GAUGE,
            "flannel_ipsec_peer_bytes",
            "What the present keys have encrypted (`out`) and decrypted (`in`); new ones begin at 0",
            "subnet",
            "direction"),

    WIREGUARD_HANDSHAKE(
            Type.GAUGE,
            "flannel_wireguard_last_handshake_timestamp_seconds",
            "When a session with the peer was last agreed on, in seconds since 1970; 0 for never. For each peer's"
                    + " subnet, or for 200 of them",
            "subnet"),
    WIREGUARD_BYTES(
            Type.COUNTER,
            "flannel_wireguard_bytes_total",
            "Bytes exchanged with the same peers, with what WireGuard adds to packets",
            "subnet",
            "direction"),

    PROCESS_RESIDENT(Type.GAUGE, "process_resident_memory_bytes", "Resident memory of the process"),
    PROCESS_CPU(Type.COUNTER, "process_cpu_seconds_total", "Processor time used, user and system"),
    PROCESS_START(Type.GAUGE, "process_start_time_seconds", "When the process started, in seconds since 1970"),
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
    String fullName() {
        return fullName;
    }

    String help() {
        return help;
    }

    List<String> labels() {
        return labels;
    }
}
