package jflannel.cloud;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// Removes from a cloud's tables what nodes have left there. Routes to this node for subnets that it no longer has are
/// its own affair; the rest is that of one elected node at a time, so that not all of them do the same. A route to
/// another node goes only if that is wanted, two looks in a row saw it, and its mark says that flannel made it.
final class CloudCleaning {
    private static final Logger LOG = System.getLogger(CloudCleaning.class.getName());
    /// Deletions for each look, so that a large cleaning does not use up what the cloud allows.
    private static final int MOST = 10;

    private Set<CloudRoute> seen = Set.of();

    /// @return true if something was deleted
    boolean clean(CloudRoutes cloud, CloudPlan plan, DesiredCloudRoutes wanted, OtherNodes nodes)
            throws CloudException, InterruptedException {
        Set<CloudRoute> again = plan.strange().stream().filter(seen::contains).collect(Collectors.toSet());
        seen = Set.copyOf(plan.strange());
        int deleted = delete(cloud, plan.former(), "it leads here, for a subnet that this node no longer has");
        if (nodes.elect(List.copyOf(wanted.subnets()))) {
            deleted += delete(cloud, plan.dead(), "it leads nowhere, and no node has that subnet");
            if (wanted.deletesStale() && !again.isEmpty()) {
                deleted += delete(cloud, cloud.made(again), "no node has that subnet");
            }
        }
        return deleted > 0;
    }

    private static int delete(CloudRoutes cloud, Collection<CloudRoute> routes, String why)
            throws CloudException, InterruptedException {
        List<CloudRoute> some = routes.stream().limit(MOST).toList();
        for (CloudRoute route : some) {
            cloud.delete(route);
            LOG.log(Level.INFO, "cloud: deleted the route {0} to {1}: {2}", route.words(), route.target(), why);
        }
        return some.size();
    }
}
