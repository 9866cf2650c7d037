package jflannel.kube;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.json.JsonStream;
import jflannel.kube.NodeRecord.Condition;
import jflannel.kubeapi.Resource;

/// Reads the fields of a [NodeRecord] out of a Node object, so that the rest of it, mostly labels and lists of
/// images, costs no memory.
final class NodeForm implements Resource.Form<NodeRecord> {
    private final AnnotationPrefix prefix;
    private String podCidr = "";
    private final List<String> podCidrs = new ArrayList<>();
    private final Map<String, String> annotations = new HashMap<>();
    private Condition networkUnavailable;

    private NodeForm(AnnotationPrefix prefix) {
        this.prefix = prefix;
    }

    /// @param prefix of the annotations that count
    static Resource<NodeRecord> nodes(AnnotationPrefix prefix) {
        return new Resource<>("/api/v1/nodes", "nodes", () -> new NodeForm(prefix));
    }

    @Override
    public void take(String name, JsonStream value) throws IOException {
        switch (name) {
            case "metadata.annotations" -> value.object(annotation -> annotation(annotation, value));
            case "spec" -> value.object(field -> spec(field, value));
            case "status" ->
                value.object(field -> {
                    if (field.equals("conditions")) {
                        value.array(() -> condition(value));
                    }
                });
            default -> {}
        }
    }

    private void annotation(String name, JsonStream value) throws IOException {
        Optional<String> suffix = prefix.suffix(name);
        if (suffix.isPresent()) {
            annotations.put(suffix.get(), value.string());
        }
    }

    private void spec(String field, JsonStream value) throws IOException {
        switch (field) {
            case "podCIDR" -> podCidr = value.string();
            case "podCIDRs" -> value.array(() -> podCidrs.add(value.string()));
            default -> {}
        }
    }

    private void condition(JsonStream value) throws IOException {
        Map<String, String> words = new HashMap<>();
        value.object(field -> words.put(field, value.string()));
        if (words.getOrDefault("type", "").equals(NodeRecord.NETWORK_UNAVAILABLE)) {
            networkUnavailable = new Condition(
                    words.getOrDefault("status", ""),
                    words.getOrDefault("reason", ""),
                    words.getOrDefault("message", ""));
        }
    }

    @Override
    public NodeRecord filled(Resource.Metadata metadata) {
        List<String> cidrs = podCidrs.isEmpty() && !podCidr.isEmpty() ? List.of(podCidr) : podCidrs;
        return new NodeRecord(
                metadata.name(),
                metadata.version(),
                metadata.created(),
                cidrs,
                annotations,
                Optional.ofNullable(networkUnavailable));
    }
}
