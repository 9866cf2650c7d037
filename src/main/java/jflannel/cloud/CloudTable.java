package jflannel.cloud;

import java.util.List;

/// A route table that should hold this node's routes, as it was at one moment.
///
/// @param id its name in the cloud
/// @param routes those to destinations within the pods' networks
/// @param used how many routes of all kinds count against the quota
/// @param limit how many there may be; 0 if unknown
public record CloudTable(String id, List<CloudRoute> routes, int used, int limit) {
    public CloudTable {
        routes = List.copyOf(routes);
    }

    /// For the status: `rtb-1: 17 of 500 routes`.
    String words() {
        return id + ": " + used + (limit > 0 ? " of " + limit : "") + " routes";
    }
}
