package jflannel.lab.faults;

import java.util.List;

/// The kind of cluster that a fault needs: two nodes with a pod each, and a store.
///
/// @param leaseSeconds how long a lease lasts; 0 for the usual day
/// @param store what the nodes' store is
/// @param clocks true if each node's flanneld has a [FakeClock] of its own
/// @param flags further ones for flanneld
record ClusterSpec(int leaseSeconds, Store store, boolean clocks, List<String> flags) {
    /// What answers for etcd.
    enum Store {
        ONE,
        /// One behind a proxy that can slow it down.
        BEHIND_PROXY,
        THREE,
        /// One with TLS, that wants certificates of its clients too.
        SECURE
    }

    static final ClusterSpec PLAIN = new ClusterSpec(0, Store.ONE, false, List.of());
    static final ClusterSpec SHORT_LEASES = new ClusterSpec(5, Store.ONE, false, List.of());
    static final ClusterSpec SLOW_STORE = new ClusterSpec(0, Store.BEHIND_PROXY, false, List.of());
    static final ClusterSpec THREE_STORES = new ClusterSpec(0, Store.THREE, false, List.of());
    static final ClusterSpec NO_GRACE = new ClusterSpec(0, Store.ONE, false, List.of("--peer-grace=0"));
    static final ClusterSpec CLOCKS = new ClusterSpec(5, Store.ONE, true, List.of());
    static final ClusterSpec SECURE = new ClusterSpec(0, Store.SECURE, false, List.of());
    static final ClusterSpec SECURE_CLOCKS = new ClusterSpec(0, Store.SECURE, true, List.of());
}
