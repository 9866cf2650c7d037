package jflannel.kube;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.ip.Ip;
import jflannel.json.JsonStream;
import jflannel.kubeapi.Resource;
import jflannel.policy.ClusterNode;

/// Reads what policies ask of a Node: its labels and its addresses.
final class NodeLabelsForm implements Resource.Form<ClusterNode> {
    static final Resource<ClusterNode> NODES = new Resource<>("/api/v1/nodes", "nodes", NodeLabelsForm::new);

    private final Map<String, String> labels = new TreeMap<>();
    private final List<Ip> addresses = new ArrayList<>();

    private NodeLabelsForm() {}

    @Override
    public void take(String name, JsonStream value) throws IOException {
        switch (name) {
            case "metadata.labels" -> value.object(label -> labels.put(label, value.string()));
            case "status" ->
                value.object(field -> {
                    if (field.equals("addresses")) {
                        value.array(() -> value.object(inner -> {
                            if (inner.equals("address")) {
                                address(value.string());
                            }
                        }));
                    }
                });
            default -> {}
        }
    }

    /// A host's name is none.
    private void address(String word) {
        try {
            addresses.add(Ip.parse(word));
        } catch (IllegalArgumentException e) {
            // as said
        }
    }

    @Override
    public ClusterNode filled(Resource.Metadata metadata) {
        return new ClusterNode(metadata.name(), Map.copyOf(labels), List.copyOf(addresses));
    }
}
