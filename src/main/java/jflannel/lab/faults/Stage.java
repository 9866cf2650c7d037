package jflannel.lab.faults;

import java.util.List;

/// The kind of cluster that a fault needs: two nodes with a pod each, and a store.
///
/// @param leaseSeconds how long a lease lasts; 0 for the usual day
/// @param store what the nodes' store is
/// @param flags further ones for flanneld
record Stage(int leaseSeconds, Store store, List<String> flags) {
    /// What answers for etcd.
    enum Store {
        ONE,
        /// One behind a line that can be slowed down.
        BEHIND_LINE,
        THREE
    }

    static final Stage PLAIN = new Stage(0, Store.ONE, List.of());
    static final Stage SHORT_LEASES = new Stage(5, Store.ONE, List.of());
    static final Stage LINE = new Stage(0, Store.BEHIND_LINE, List.of());
    static final Stage THREE_STORES = new Stage(0, Store.THREE, List.of());
    static final Stage NO_GRACE = new Stage(0, Store.ONE, List.of("--peer-grace=0"));
}
