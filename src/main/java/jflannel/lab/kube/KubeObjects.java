package jflannel.lab.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The objects of one kind in [KubeApi], with versions and a history to watch, as an API server keeps them. They
/// are kept as text, for trees of thousands of nodes would need gigabytes.
final class KubeObjects {
    private static final long START = 100;

    static final ObjectMapper JSON = new ObjectMapper();

    /// @param object its text as it was after the change
    record Change(long version, String type, String name, String object) {}

    private final TreeMap<String, String> objects = new TreeMap<>();
    private final List<Change> history = new ArrayList<>();
    private final String kind;
    private long version = START;
    private long forgotten = START;

    KubeObjects(String kind) {
        this.kind = kind;
    }

    synchronized long version() {
        return version;
    }

    /// The text of an object.
    synchronized Optional<String> get(String name) {
        return Optional.ofNullable(objects.get(name));
    }

    /// The text of a list.
    ///
    /// @param only the name of the one object to list, or "" for all
    synchronized String list(String only) {
        StringBuilder list = new StringBuilder("{\"kind\":\"%sList\",\"apiVersion\":\"v1\",".formatted(kind)
                + "\"metadata\":{\"resourceVersion\":\"%d\"},\"items\":[".formatted(version));
        String separator = "";
        for (Map.Entry<String, String> object : objects.entrySet()) {
            if (only.isEmpty() || object.getKey().equals(only)) {
                list.append(separator).append(object.getValue());
                separator = ",";
            }
        }
        return list.append("]}").toString();
    }

    synchronized boolean create(ObjectNode object) {
        String name = object.path("metadata").path("name").asText();
        if (objects.containsKey(name)) {
            return false;
        }
        object.put("kind", kind).put("apiVersion", "v1");
        object.withObject("/metadata")
                .put("uid", "uid-" + version)
                .put(
                        "creationTimestamp",
                        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        store("ADDED", name, object);
        return true;
    }

    /// @param part the subresource: only its part of the object, and annotations, change; "" for the object
    /// @return the object's text
    synchronized Optional<String> patch(String name, JsonNode patch, String part) {
        if (!objects.containsKey(name)) {
            return Optional.empty();
        }
        ObjectNode object = tree(objects.get(name));
        ObjectNode next = object.deepCopy();
        if (part.isEmpty()) {
            merge(next, patch);
        } else {
            merge(next.withObject("/metadata"), patch.path("metadata"));
            merge(next.withObject("/" + part), patch.path(part));
        }
        if (!next.equals(object)) {
            store("MODIFIED", name, next);
        }
        return get(name);
    }

    synchronized boolean delete(String name) {
        if (!objects.containsKey(name)) {
            return false;
        }
        store("DELETED", name, tree(objects.get(name)));
        objects.remove(name);
        return true;
    }

    private static ObjectNode tree(String text) {
        try {
            return (ObjectNode) JSON.readTree(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void store(String type, String name, ObjectNode object) {
        version++;
        object.withObject("/metadata").put("resourceVersion", Long.toString(version));
        objects.put(name, object.toString());
        history.add(new Change(version, type, name, objects.get(name)));
        notifyAll();
    }

    /// Keeps the current objects but goes back to an early version, as after a restore from a backup.
    synchronized void restore() {
        version = START;
        history.clear();
        forgotten = START;
        List<ObjectNode> all = objects.values().stream().map(KubeObjects::tree).toList();
        all.forEach(
                object -> store("MODIFIED", object.path("metadata").path("name").asText(), object));
        history.clear();
    }

    /// Forgets the history: who watched earlier must list again.
    synchronized void compact() {
        version++; // or a watch from the last change on would not notice
        history.clear();
        forgotten = version;
    }

    synchronized boolean remembers(long since) {
        return since >= forgotten;
    }

    /// The changes after a version; waits for one for up to `millis`.
    synchronized List<Change> after(long since, long millis) throws InterruptedException {
        long deadline = System.nanoTime() + millis * 1_000_000;
        while (version <= since) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return List.of();
            }
            wait(left);
        }
        int from = history.size();
        while (from > 0 && history.get(from - 1).version() > since) {
            from--;
        }
        return List.copyOf(history.subList(from, history.size()));
    }

    /// Merges by the rules of a strategic merge patch, as far as nodes need them: null removes, and conditions are
    /// distinguished by their type.
    private static void merge(ObjectNode into, JsonNode patch) {
        patch.properties().forEach(field -> {
            JsonNode value = field.getValue();
            JsonNode old = into.get(field.getKey());
            if (value.isNull()) {
                into.remove(field.getKey());
            } else if (value.isObject()) {
                ObjectNode inner = old instanceof ObjectNode there ? there : into.putObject(field.getKey());
                merge(inner, value);
            } else if (value.isArray() && field.getKey().equals("conditions")) {
                ArrayNode list = old instanceof ArrayNode there ? there : into.putArray(field.getKey());
                value.forEach(item -> mergeByType(list, item));
            } else {
                into.set(field.getKey(), value.deepCopy());
            }
        });
    }

    private static void mergeByType(ArrayNode list, JsonNode item) {
        for (JsonNode there : list) {
            if (there.path("type").equals(item.path("type"))) {
                merge((ObjectNode) there, item);
                return;
            }
        }
        list.add(item.deepCopy());
    }
}
