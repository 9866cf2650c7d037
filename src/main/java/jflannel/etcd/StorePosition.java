package jflannel.etcd;

import jflannel.etcd.api.ResponseHeader;

/// A point in the history of a cluster's store.
///
/// @param term of the cluster's leader, which grows with every election
/// @param revision of the store, which grows with every change
record StorePosition(long cluster, long term, long revision) {
    static StorePosition of(ResponseHeader header) {
        return new StorePosition(header.getClusterId(), header.getRaftTerm(), header.getRevision());
    }

    StorePosition at(long laterRevision) {
        return new StorePosition(cluster, term, laterRevision);
    }

    /// False if `now` belongs to another history: an etcd that came back empty, or from a backup, counts from the
    /// start or from the backup.
    boolean mayLeadTo(StorePosition now) {
        return cluster == now.cluster && term <= now.term && revision <= now.revision;
    }
}
