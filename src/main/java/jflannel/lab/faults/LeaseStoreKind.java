package jflannel.lab.faults;

/// Where the leases of a cluster are.
enum LeaseStoreKind {
    ETCD,
    KUBERNETES
}
