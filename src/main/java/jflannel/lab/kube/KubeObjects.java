package jflannel.lab.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// The objects of one kind in [KubeApi], with versions and a history to watch, as an API server keeps them.
final class KubeObjects {
    static final ObjectMapper JSON = new ObjectMapper();

    /// @param object as it was after the change
    record Change(long version, String type, ObjectNode object) {}

    private final TreeMap<String, ObjectNode> objects = new TreeMap<>();
    private final List<Change> history = new ArrayList<>();
    private final String kind;
    private long version = 100;
    private long forgotten = 100;

    KubeObjects(String kind) {
        this.kind = kind;
    }

    synchronized long version() {
        return version;
    }

    synchronized Optional<ObjectNode> get(String name) {
        return Optional.ofNullable(objects.get(name)).map(ObjectNode::deepCopy);
    }

    synchronized ObjectNode list(String only) {
        ObjectNode list = JSON.createObjectNode().put("kind", kind + "List").put("apiVersion", "v1");
        list.putObject("metadata").put("resourceVersion", Long.toString(version));
        ArrayNode items = list.putArray("items");
        objects.forEach((name, object) -> {
            if (only.isEmpty() || name.equals(only)) {
                items.add(object.deepCopy());
            }
        });
        return list;
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
    synchronized Optional<ObjectNode> patch(String name, JsonNode patch, String part) {
        ObjectNode object = objects.get(name);
        if (object == null) {
            return Optional.empty();
        }
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
        ObjectNode object = objects.remove(name);
        if (object == null) {
            return false;
        }
        store("DELETED", name, object.deepCopy());
        objects.remove(name);
        return true;
    }

    private void store(String type, String name, ObjectNode object) {
        version++;
        object.withObject("/metadata").put("resourceVersion", Long.toString(version));
        objects.put(name, object);
        history.add(new Change(version, type, object.deepCopy()));
        notifyAll();
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
        return history.stream().filter(change -> change.version() > since).toList();
    }

    /// Merges by the rules of a strategic merge patch, as far as nodes need them: null removes, and conditions are told
    /// apart by their type.
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
