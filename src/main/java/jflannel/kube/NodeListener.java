package jflannel.kube;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jflannel.kubeapi.ListWatch;
import jflannel.policy.ClusterNode;
import jflannel.policy.Inventory;

/// Takes over what policies ask of nodes. Most changes of a node are none of that.
final class NodeListener implements ListWatch.Listener<ClusterNode> {
    private final Inventory inventory;
    private final Map<String, ClusterNode> nodes = new LinkedHashMap<>();

    NodeListener(Inventory inventory) {
        this.inventory = inventory;
    }

    @Override
    public void listed(List<ClusterNode> all) {
        nodes.clear();
        all.forEach(node -> nodes.put(node.name(), node));
        inventory.listNodes(nodes.values());
    }

    @Override
    public void put(ClusterNode node) {
        if (!node.equals(nodes.put(node.name(), node))) {
            inventory.listNodes(nodes.values());
        }
    }

    @Override
    public void removed(ClusterNode node) {
        nodes.remove(node.name());
        inventory.listNodes(nodes.values());
    }
}
