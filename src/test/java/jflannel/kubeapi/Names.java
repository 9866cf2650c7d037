package jflannel.kubeapi;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import jflannel.json.JsonStream;

/// A kind of object of which only the name and the labels are wanted.
final class Names implements Resource.Form<Names.Named> {
    static final Resource<Named> THINGS = new Resource<>("/api/v1/things", "things", Names::new);

    private final Map<String, String> labels = new HashMap<>();

    record Named(String name, Map<String, String> labels) {}

    @Override
    public void take(String name, JsonStream value) throws IOException {
        if (name.equals("metadata.labels")) {
            value.object(label -> labels.put(label, value.string()));
        }
    }

    @Override
    public Named filled(Resource.Metadata metadata) {
        return new Named(metadata.name(), labels);
    }
}
