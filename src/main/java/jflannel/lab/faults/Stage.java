package jflannel.lab.faults;

import java.util.List;

/// The kind of cluster that a fault needs: two nodes with a pod each, and a store.
///
/// @param leaseSeconds how long a lease lasts; 0 for the usual day
/// @param store what the nodes' store is
/// @param clocks true if each node's flanneld has a [WallClock] of its own
/// @param flags further ones for flanneld
record Stage(int leaseSeconds, Store store, boolean clocks, List<String> flags) {
    /// What answers for etcd.
    enum Store {
        ONE,
        /// One behind a line that can be slowed down.
        BEHIND_LINE,
        THREE,
        /// One with TLS, that wants certificates of its clients too.
        SECURE
    }

    static final Stage PLAIN = new Stage(0, Store.ONE, false, List.of());
    static final Stage SHORT_LEASES = new Stage(5, Store.ONE, false, List.of());
    static final Stage LINE = new Stage(0, Store.BEHIND_LINE, false, List.of());
    static final Stage THREE_STORES = new Stage(0, Store.THREE, false, List.of());
    static final Stage NO_GRACE = new Stage(0, Store.ONE, false, List.of("--peer-grace=0"));
    static final Stage CLOCKS = new Stage(5, Store.ONE, true, List.of());
    static final Stage SECURE = new Stage(0, Store.SECURE, false, List.of());
    static final Stage SECURE_CLOCKS = new Stage(0, Store.SECURE, true, List.of());
}
