package jflannel.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads a LabelSelector.
final class SelectorReader {
    private SelectorReader() {}

    static Selector read(Fields selector) throws PolicyException {
        selector.checkNames("matchLabels", "matchExpressions");
        List<Selector.Requirement> requirements = new ArrayList<>();
        Optional<Fields> labels = selector.object("matchLabels");
        if (labels.isPresent()) {
            for (Object key : labels.get().values().keySet()) {
                String value = labels.get().string((String) key).orElse("");
                requirements.add(new Selector.Requirement((String) key, Selector.Operator.IN, Set.of(value)));
            }
        }
        for (Fields expression : selector.objects("matchExpressions")) {
            requirements.add(expression(expression));
        }
        return new Selector(List.copyOf(requirements));
    }

    private static Selector.Requirement expression(Fields expression) throws PolicyException {
        expression.checkNames("key", "operator", "values");
        String key = expression.string("key").orElse("");
        String word = expression.string("operator").orElse("");
        Set<String> values = Set.copyOf(expression.strings("values"));
        for (Selector.Operator operator : Selector.Operator.values()) {
            if (operator.word().equals(word)) {
                if (operator.takesValues() == values.isEmpty()) {
                    throw expression.wrong("values", values.isEmpty() ? "they are missing" : word + " takes none");
                }
                return new Selector.Requirement(key, operator, values);
            }
        }
        throw expression.wrong("operator", "In, NotIn, Exists or DoesNotExist was expected");
    }
}
