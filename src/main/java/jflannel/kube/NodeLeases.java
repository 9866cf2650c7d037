package jflannel.kube;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.kubeapi.ApiServer;
import jflannel.kubeapi.Resource;
import jflannel.lease.Announcement;
import jflannel.lease.Claim;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StoredLease;

/// All nodes that the Kubernetes API has, for an operator.
public final class NodeLeases implements AutoCloseable {
    private final KubeSettings settings;
    private final Resource<NodeRecord> nodes;
    private final ApiServer api;

    /// @throws ConfigException if a setting cannot be used
    public NodeLeases(KubeSettings settings) {
        this.settings = settings;
        this.nodes = NodeForm.nodes(settings.prefix());
        this.api = new ApiServer(settings.access());
    }

    /// @throws ConfigException if there is no configuration, or it cannot be used
    public NetworkConfig network() {
        return settings.network();
    }

    /// All nodes, in the order of their names.
    public List<StoredLease> all(NetworkConfig network) throws IOException {
        List<NodeRecord> found = new ArrayList<>();
        api.list(nodes, "", "", found::add);
        found.sort(Comparator.comparing(NodeRecord::name));
        Map<String, Lease> leases = new HashMap<>();
        Map<String, String> malformed = new HashMap<>();
        List<Claim> claims = new ArrayList<>();
        for (NodeRecord node : found) {
            try {
                NodeView.claim(node, network).ifPresent(claim -> {
                    claims.add(claim);
                    leases.put(node.name(), claim.lease());
                });
            } catch (IllegalArgumentException e) {
                malformed.put(node.name(), e.getMessage());
            }
        }
        StoredLease.Verdicts verdicts = new StoredLease.Verdicts(network, "node", claims, malformed);
        return found.stream()
                .map(node -> Annotations.isManaged(node)
                        ? verdicts.of(
                                node.name(),
                                subnets(node, network),
                                announced(node),
                                Optional.ofNullable(leases.get(node.name())),
                                new StoredLease.Term.OfNode(),
                                origin(node))
                        : bare(node, network))
                .toList();
    }

    /// A node on which no flanneld has ever run.
    private static StoredLease bare(NodeRecord node, NetworkConfig network) {
        return new StoredLease(
                node.name(),
                subnets(node, network),
                Optional.empty(),
                Optional.empty(),
                new StoredLease.Term.OfNode(),
                StoredLease.Standing.WAITING,
                "no flanneld has run there",
                origin(node));
    }

    private static List<Cidr> subnets(NodeRecord node, NetworkConfig network) {
        try {
            return Annotations.subnets(node, network);
        } catch (IllegalArgumentException e) {
            return List.of();
        }
    }

    private static Optional<Announcement> announced(NodeRecord node) {
        try {
            return Optional.of(Annotations.announcement(node));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static Map<String, String> origin(NodeRecord node) {
        Map<String, String> origin = new LinkedHashMap<>();
        origin.put("node", node.name());
        origin.put("registered", node.created());
        origin.put("podCIDRs", String.join(" ", node.podCidrs()));
        node.annotations().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(each -> origin.put("annotation " + each.getKey(), each.getValue()));
        return origin;
    }

    @Override
    public void close() {
        api.close();
    }
}
