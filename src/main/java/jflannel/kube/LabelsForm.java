package jflannel.kube;

import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import jflannel.json.JsonStream;
import jflannel.kubeapi.Resource;

/// Reads the labels of a Namespace.
final class LabelsForm implements Resource.Form<LabelsForm.Labelled> {
    static final Resource<Labelled> NAMESPACES = new Resource<>("/api/v1/namespaces", "namespaces", LabelsForm::new);

    private final Map<String, String> labels = new TreeMap<>();

    /// A namespace and its labels.
    record Labelled(String name, Map<String, String> labels) {}

    private LabelsForm() {}

    @Override
    public void take(String name, JsonStream value) throws IOException {
        if (name.equals("metadata.labels")) {
            value.object(label -> labels.put(label, value.string()));
        }
    }

    @Override
    public Labelled filled(Resource.Metadata metadata) {
        return new Labelled(metadata.name(), labels);
    }
}
