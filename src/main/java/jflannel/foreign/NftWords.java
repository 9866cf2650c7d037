package jflannel.foreign;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Prints an nft rule for people, close enough to nft's own format to find it there.
final class NftWords {
    private NftWords() {}

    static String of(List<?> expressions, String comment) {
        return expressions.stream()
                        .map(NftWords::expression)
                        .filter(word -> !word.isEmpty())
                        .collect(Collectors.joining(" "))
                + (comment.isEmpty() ? "" : " comment \"" + comment + "\"");
    }

    private static String expression(Object expression) {
        if (!(expression instanceof Map<?, ?> map) || map.size() != 1) {
            return "";
        }
        Map.Entry<?, ?> entry = map.entrySet().iterator().next();
        String name = String.valueOf(entry.getKey());
        return switch (name) {
            case "counter" -> "";
            case "match" -> match(entry.getValue());
            case "jump", "goto" -> name + " " + target(entry.getValue());
            case "xt" -> "…";
            default -> name;
        };
    }

    private static String match(Object value) {
        if (!(value instanceof Map<?, ?> match)) {
            return "…";
        }
        String op = String.valueOf(match.get("op"));
        return field(match.get("left")) + (op.equals("==") || op.equals("in") ? "" : " " + op) + " "
                + value(match.get("right"));
    }

    private static String field(Object left) {
        if (left instanceof Map<?, ?> map && map.get("meta") instanceof Map<?, ?> meta) {
            return String.valueOf(meta.get("key"));
        }
        if (left instanceof Map<?, ?> map && map.get("payload") instanceof Map<?, ?> payload) {
            return payload.get("protocol") + " " + payload.get("field");
        }
        if (left instanceof Map<?, ?> map && map.get("ct") instanceof Map<?, ?> ct) {
            return "ct " + ct.get("key");
        }
        return "…";
    }

    private static String value(Object right) {
        if (right instanceof Map<?, ?> map && map.get("set") instanceof List<?> set) {
            return set.stream().map(NftMatches::words).collect(Collectors.joining(", ", "{ ", " }"));
        }
        return right instanceof List<?> list
                ? list.stream().map(String::valueOf).collect(Collectors.joining(","))
                : NftMatches.words(right);
    }

    private static String target(Object value) {
        return value instanceof Map<?, ?> map ? String.valueOf(map.get("target")) : "";
    }
}
