package jflannel.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Renders a Helm chart, as far as its templates use Helm's language: values, `if`, `not`, `else`, `range` over words,
/// `end`, and the functions quote, int, toJson and default. Anything else is an error.
///
/// @param folder of the chart
public record Chart(Path folder) {
    private static final Pattern ACTION = Pattern.compile("(\\s*\\{\\{-|\\{\\{) (.*?) \\}\\}");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final YAMLMapper YAML = new YAMLMapper();

    /// All objects of the chart.
    ///
    /// @param values as YAML, over those of the chart
    public List<JsonNode> render(String namespace, String values) throws IOException {
        ObjectNode root = JSON.createObjectNode();
        root.set("Values", merged(YAML.readTree(folder.resolve("values.yaml").toFile()), YAML.readTree(values)));
        root.set("Chart", capitalised(YAML.readTree(folder.resolve("Chart.yaml").toFile())));
        root.putObject("Release").put("Namespace", namespace);
        List<JsonNode> objects = new ArrayList<>();
        try (Stream<Path> templates = Files.list(folder.resolve("templates"))) {
            for (Path template : templates
                    .filter(it -> it.toString().endsWith(".yaml"))
                    .sorted()
                    .toList()) { // NOTES.txt is for people
                String text = new Run(tokens(Files.readString(template)), root).all();
                try (var parser = YAML.getFactory().createParser(text)) {
                    YAML.readValues(parser, JsonNode.class).forEachRemaining(objects::add);
                }
            }
        }
        return objects;
    }

    private static JsonNode merged(JsonNode below, JsonNode over) {
        if (!below.isObject() || !over.isObject()) {
            return over.isMissingNode() || over.isNull() ? below : over;
        }
        ObjectNode all = below.deepCopy();
        over.properties()
                .forEach(field -> all.set(field.getKey(), merged(below.path(field.getKey()), field.getValue())));
        return all;
    }

    private static ObjectNode capitalised(JsonNode chart) {
        ObjectNode names = JSON.createObjectNode();
        chart.properties()
                .forEach(field -> names.set(
                        Character.toUpperCase(field.getKey().charAt(0))
                                + field.getKey().substring(1),
                        field.getValue()));
        return names;
    }

    /// Texts and actions in turn; an action begins with two braces.
    private static List<String> tokens(String template) {
        List<String> tokens = new ArrayList<>();
        Matcher action = ACTION.matcher(template);
        int at = 0;
        while (action.find()) {
            tokens.add(template.substring(at, action.start()));
            tokens.add("{{" + action.group(2));
            at = action.end();
        }
        tokens.add(template.substring(at));
        if (tokens.stream().anyMatch(token -> token.indexOf("{{", 2) >= 0)) {
            throw new IllegalArgumentException("braces that are no action in " + template);
        }
        return tokens;
    }

    private static final class Run {
        private final List<String> tokens;
        private final JsonNode root;
        private int at;

        Run(List<String> tokens, JsonNode root) {
            this.tokens = tokens;
            this.root = root;
        }

        String all() {
            String text = block(TextNode.valueOf(""));
            if (at < tokens.size()) {
                throw new IllegalArgumentException("too many ends");
            }
            return text;
        }

        /// Up to the block's `else` or `end`, which is left for the caller, or the end of all.
        private String block(JsonNode dot) {
            StringBuilder text = new StringBuilder();
            while (at < tokens.size()) {
                String token = tokens.get(at);
                if (token.equals("{{else") || token.equals("{{end")) {
                    return text.toString();
                }
                at++;
                if (!token.startsWith("{{")) {
                    text.append(token);
                } else if (token.startsWith("{{if ")) {
                    text.append(branches(truth(token.substring(5)), dot));
                } else if (token.startsWith("{{range ")) {
                    text.append(loop(value(token.substring(8), dot)));
                } else {
                    text.append(print(value(token.substring(2), dot)));
                }
            }
            return text.toString();
        }

        private String branches(boolean first, JsonNode dot) {
            String yes = block(dot);
            String no = "";
            if (tokens.get(at).equals("{{else")) {
                at++;
                no = block(dot);
            }
            at++; // end
            return first ? yes : no;
        }

        private String loop(JsonNode list) {
            StringBuilder text = new StringBuilder();
            int start = at;
            for (JsonNode item : list) {
                at = start;
                text.append(block(item));
            }
            at++; // end
            return text.toString();
        }

        private boolean truth(String condition) {
            if (condition.startsWith("not ")) {
                return !truth(condition.substring(4));
            }
            JsonNode value = value(condition, root);
            return switch (value.getNodeType()) {
                case BOOLEAN -> value.booleanValue();
                case NUMBER -> value.doubleValue() != 0;
                case STRING -> !value.textValue().isEmpty();
                default -> !value.isEmpty();
            };
        }

        private JsonNode value(String pipeline, JsonNode dot) {
            String[] stages = pipeline.split(" \\| ");
            JsonNode value = stages[0].equals(".") ? dot : look(stages[0]);
            for (int i = 1; i < stages.length; i++) {
                String[] words = stages[i].split(" ");
                value = switch (words[0]) {
                    case "quote" ->
                        TextNode.valueOf(TextNode.valueOf(print(value)).toString());
                    case "toJson" -> TextNode.valueOf(value.toString());
                    case "int" -> value;
                    case "default" -> print(value).isEmpty() ? look(words[1]) : value;
                    default -> throw new IllegalArgumentException("function " + words[0]);
                };
            }
            return value;
        }

        private JsonNode look(String path) {
            JsonNode value = root.at(path.replace('.', '/'));
            if (value.isMissingNode()) {
                throw new IllegalArgumentException("no value " + path);
            }
            return value;
        }

        private static String print(JsonNode value) {
            return value.isTextual() ? value.textValue() : value.toString();
        }
    }
}
