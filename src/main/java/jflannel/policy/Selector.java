package jflannel.policy;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// A LabelSelector: all requirements must be met, so one without requirements selects everything.
///
/// @param requirements those of `matchLabels` are written as [Operator#IN] with one value
public record Selector(List<Requirement> requirements) {
    /// Selects everything.
    public static final Selector ALL = new Selector(List.of());

    /// What an expression asks of a label.
    public enum Operator {
        IN("In"),
        /// Also met by an object without the label.
        NOT_IN("NotIn"),
        EXISTS("Exists"),
        DOES_NOT_EXIST("DoesNotExist");

        private final String word;

        Operator(String word) {
            this.word = word;
        }

        /// As in JSON.
        public String word() {
            return word;
        }

        boolean takesValues() {
            return this == IN || this == NOT_IN;
        }
    }

    /// One condition on a label.
    public record Requirement(String key, Operator operator, Set<String> values) {
        boolean isMetBy(Map<String, String> labels) {
            String value = labels.get(key);
            return switch (operator) {
                case IN -> value != null && values.contains(value);
                case NOT_IN -> value == null || !values.contains(value);
                case EXISTS -> value != null;
                case DOES_NOT_EXIST -> value == null;
            };
        }

        @Override
        public String toString() {
            return switch (operator) {
                case EXISTS -> key;
                case DOES_NOT_EXIST -> "!" + key;
                case IN -> values.size() == 1 ? key + "=" + values.iterator().next() : key + " in " + inOrder();
                case NOT_IN -> key + " not in " + inOrder();
            };
        }

        private String inOrder() {
            return values.stream().sorted().collect(Collectors.joining(", ", "(", ")"));
        }
    }

    /// True if an object with these labels is selected.
    public boolean selects(Map<String, String> labels) {
        for (Requirement requirement : requirements) {
            if (!requirement.isMetBy(labels)) {
                return false;
            }
        }
        return true;
    }

    /// As kubectl writes a selector.
    @Override
    public String toString() {
        return requirements.isEmpty()
                ? "all"
                : requirements.stream().map(Requirement::toString).collect(Collectors.joining(","));
    }
}
