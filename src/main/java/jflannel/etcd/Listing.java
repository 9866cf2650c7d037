package jflannel.etcd;

import java.util.List;
import java.util.Optional;

/// All leases at one revision of the store.
///
/// @param configRevision when the network configuration was last written; 0 if there is none
record Listing(StorePosition position, long configRevision, List<SubnetRecord> records) {
    Optional<SubnetRecord> named(String name) {
        return records.stream().filter(it -> it.name().equals(name)).findFirst();
    }
}
