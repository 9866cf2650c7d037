package jflannel.etcd;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.lease.ConfigException;

/// What etcd's API version 2 had, read from any of these texts:
///
/// - the answer to `GET /v2/keys/coreos.com/network?recursive=true`, or what `etcdctl -o json ls -r` prints, once or
///   several times in a row
/// - a JSON list of objects with `key` and `value`
/// - what `etcdctl -o extended get` prints, for one key after the other
/// - lines with a key, each followed by its value, on the same line or the next ones
///
/// Untrusted, like what it stands for.
///
/// @param entries in the order of the text, without directories
record V2Dump(List<Entry> entries) {
    private static final int DEEPEST = 32;
    private static final Pattern KEY_AND_VALUE = Pattern.compile("(/[^\\s={]*?)(?:(?::\\s+|\\s*=\\s*|\\s+)(\\S.*))?");
    private static final Pattern HEADER = Pattern.compile("(Key|TTL|Created-Index|Modified-Index|Index):\\s*(.*)");

    /// A key that is no directory.
    ///
    /// @param value empty if the text has none
    /// @param created the index of its creation, which orders keys by age; 0 if the text does not say
    /// @param secondsLeft when the dump was made; empty for a key that stays until it is deleted
    /// @param end the same as a moment, if the text says it
    record Entry(String key, String value, long created, Optional<Long> secondsLeft, Optional<Instant> end) {
        /// The time that is left now: never more than there was, even if a clock is wrong. Negative if it has ended.
        Optional<Long> secondsLeft(Instant now) {
            return secondsLeft.map(then -> Math.min(
                    then, end.map(it -> Duration.between(now, it).toSeconds()).orElse(then)));
        }
    }

    /// @throws ConfigException if it is none of these texts, or no dump of version 2
    static V2Dump parse(String where, String text) {
        String bare = text.strip();
        if (bare.isEmpty()) {
            throw wrong(where, "It is empty.");
        }
        char first = bare.charAt(0);
        List<Entry> entries = new ArrayList<>();
        if (first == '{' || first == '[') {
            documents(where, bare).forEach(document -> new Reader(where, entries).document(document));
        } else {
            lines(bare, entries);
        }
        if (entries.isEmpty()) {
            throw wrong(where, "It has no key with a value.");
        }
        return new V2Dump(List.copyOf(entries));
    }

    private static ConfigException wrong(String where, String why) {
        return new ConfigException(("%s: %s Give the answer of etcd's API version 2, as by"
                        + " curl 'http://127.0.0.1:2379/v2/keys/coreos.com/network?recursive=true'")
                .formatted(where, why));
    }

    /// One document, or one a line.
    private static List<Object> documents(String where, String text) {
        try {
            return List.of(Json.value(text));
        } catch (JsonException whole) {
            try {
                return text.lines()
                        .filter(line -> !line.isBlank())
                        .map(Json::value)
                        .toList();
            } catch (JsonException e) {
                throw wrong(where, "It is neither JSON nor one JSON object a line: " + whole.getMessage() + ".");
            }
        }
    }

    /// Reads nodes as etcd nests them.
    private record Reader(String where, List<Entry> entries) {
        void document(Object document) {
            if (document instanceof List<?> list) {
                list.forEach(node -> node(node, 0));
                return;
            }
            Map<?, ?> object = document instanceof Map<?, ?> map ? map : Map.of();
            if (object.containsKey("errorCode")) {
                throw wrong(where, "It is an error of etcd's: \"%s\".".formatted(object.get("message")));
            }
            if (object.containsKey("kvs") || object.containsKey("header")) {
                throw wrong(where, "It comes from API version 3, for which nothing need be imported.");
            }
            node(object.get("node") instanceof Map<?, ?> root ? root : object, 0);
        }

        private void node(Object json, int depth) {
            if (depth > DEEPEST || !(json instanceof Map<?, ?> node)) {
                return;
            }
            boolean directory = Boolean.TRUE.equals(node.get("dir"));
            if (!directory && node.get("key") instanceof String key) {
                entries.add(new Entry(
                        key,
                        node.get("value") instanceof String value ? value : "",
                        positive(node, "createdIndex").orElse(0L),
                        positive(node, "ttl"),
                        expiration(node)));
            }
            if (node.get("nodes") instanceof List<?> nodes) {
                nodes.forEach(child -> node(child, depth + 1));
            }
        }

        private static Optional<Long> positive(Map<?, ?> node, String field) {
            return node.get(field) instanceof Json.Number number ? number(number.text()) : Optional.empty();
        }

        private static Optional<Instant> expiration(Map<?, ?> node) {
            return node.get("expiration") instanceof String time ? read(() -> Instant.parse(time)) : Optional.empty();
        }
    }

    private static Optional<Long> number(String digits) {
        return read(() -> Long.parseLong(digits)).filter(seconds -> seconds > 0);
    }

    private static <T> Optional<T> read(Supplier<T> reading) {
        try {
            return Optional.of(reading.get());
        } catch (DateTimeParseException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static void lines(String text, List<Entry> entries) {
        String key = "";
        StringBuilder value = new StringBuilder();
        Optional<Long> ttl = Optional.empty();
        long created = 0;
        for (String line : text.lines().toList()) {
            Matcher header = HEADER.matcher(line);
            Matcher plain = KEY_AND_VALUE.matcher(line.strip());
            boolean headed = header.matches();
            if (headed && header.group(1).equals("Key") || !headed && plain.matches()) {
                add(entries, key, value, created, ttl);
                key = headed ? header.group(2) : plain.group(1);
                value.setLength(0);
                value.append(headed || plain.group(2) == null ? "" : plain.group(2));
                ttl = Optional.empty();
                created = 0;
            } else if (headed) {
                Optional<Long> number = number(header.group(2));
                ttl = header.group(1).equals("TTL") ? number : ttl;
                created = header.group(1).equals("Created-Index") ? number.orElse(0L) : created;
            } else {
                value.append(value.isEmpty() ? "" : "\n").append(line);
            }
        }
        add(entries, key, value, created, ttl);
    }

    private static void add(List<Entry> entries, String key, StringBuilder value, long created, Optional<Long> ttl) {
        String text = value.toString().strip();
        if (!key.isEmpty() && !text.isEmpty()) {
            entries.add(new Entry(key.strip(), text, created, ttl, Optional.empty()));
        }
    }
}
