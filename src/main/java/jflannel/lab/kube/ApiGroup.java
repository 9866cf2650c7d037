package jflannel.lab.kube;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// A group of an API, which is there as soon as a CustomResourceDefinition adds a kind to it. Everybody may ask for
/// its description.
final class ApiGroup {
    private final String name;
    private final Map<String, List<String>> plurals = new ConcurrentHashMap<>();

    ApiGroup(String name) {
        this.name = name;
    }

    void install(String version, List<String> kinds) {
        plurals.put(version, kinds);
    }

    /// Which versions the group has, or which kinds a version has; empty if there is no such thing.
    ///
    /// @param path `apis`, the group, and perhaps a version
    Optional<String> describe(String[] path) {
        ObjectNode description = KubeObjects.JSON.createObjectNode();
        if (!path[1].equals(name) || plurals.isEmpty()) {
            return Optional.empty();
        }
        if (path.length == 2) {
            ArrayNode versions = description.putArray("versions");
            plurals.keySet().forEach(it -> versions.addObject().put("version", it));
        } else if (plurals.containsKey(path[2])) {
            ArrayNode resources = description.putArray("resources");
            plurals.get(path[2]).forEach(it -> resources.addObject().put("name", it));
        } else {
            return Optional.empty();
        }
        return Optional.of(description.toString());
    }
}
