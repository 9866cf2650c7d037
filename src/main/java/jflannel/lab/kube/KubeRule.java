package jflannel.lab.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A rule of a ClusterRole, for the core API group or those of network policies.
///
/// @param resources such as `nodes/status`
/// @param verbs such as `patch`
public record KubeRule(List<String> resources, List<String> verbs) {
    private static final List<String> GROUPS = List.of("", "networking.k8s.io", "policy.networking.k8s.io");

    boolean grants(String verb, String resource) {
        return resources.contains(resource) && verbs.contains(verb);
    }

    /// The objects in a file of several YAML documents.
    public static List<JsonNode> documents(Path file) throws IOException {
        YAMLMapper yaml = new YAMLMapper();
        try (var parser = yaml.getFactory().createParser(file.toFile())) {
            List<JsonNode> all = new ArrayList<>();
            yaml.readValues(parser, JsonNode.class).forEachRemaining(all::add);
            return all;
        }
    }

    /// The rules of the ClusterRole in a manifest.
    public static List<KubeRule> of(Path manifest) throws IOException {
        List<KubeRule> rules = new ArrayList<>();
        for (JsonNode document : documents(manifest)) {
            if (document.path("kind").asText().equals("ClusterRole")) {
                document.path("rules").forEach(rule -> {
                    List<String> groups = words(rule.path("apiGroups"));
                    if (!Collections.disjoint(groups, GROUPS)) {
                        rules.add(new KubeRule(words(rule.path("resources")), words(rule.path("verbs"))));
                    }
                });
            }
        }
        return rules;
    }

    private static List<String> words(JsonNode list) {
        List<String> words = new ArrayList<>();
        list.forEach(word -> words.add(word.asText()));
        return words;
    }
}
