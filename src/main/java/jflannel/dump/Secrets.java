package jflannel.dump;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jflannel.inspect.LocalFlannel;
import jflannel.json.Json;
import jflannel.lease.NetworkConfig;

/// The secrets that a host's flannel is known to have.
final class Secrets {
    private static final Pattern IN_URL = Pattern.compile("//(?:[^/@,\\s:]*:)?([^/@,\\s]+)@");

    private final Set<String> found = new HashSet<>();

    Set<String> found() {
        return Set.copyOf(found);
    }

    void of(LocalFlannel flannel) {
        found.add(flannel.options().etcd.password);
        environment(flannel.environment());
        flannel.process().ifPresent(process -> words(process.arguments()));
    }

    /// Variables, as of a process or a file.
    void environment(Map<String, String> variables) {
        variables.forEach((name, value) -> {
            if (Scrubber.isSecretName(name)) {
                found.add(value);
            }
            urls(value);
            words(List.of(value.split("\\s+")));
        });
    }

    private void words(List<String> words) {
        for (int i = 0; i < words.size(); i++) {
            String word = words.get(i);
            int sign = word.indexOf('=');
            String name = word.substring(0, sign < 0 ? word.length() : sign).replaceFirst("^-+", "");
            if (word.startsWith("-") && Scrubber.isSecretName(name)) {
                found.add(sign >= 0 ? word.substring(sign + 1) : i + 1 < words.size() ? words.get(i + 1) : "");
            }
            urls(word);
        }
    }

    private void urls(String text) {
        Matcher matcher = IN_URL.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
    }

    /// Whatever the configuration's own log line hides.
    void of(NetworkConfig network) {
        Set<String> open = new HashSet<>(leaves(Json.value(network.redacted())));
        leaves(network.source().json()).stream()
                .filter(text -> !open.contains(text))
                .forEach(found::add);
    }

    private static List<String> leaves(Object json) {
        List<String> leaves = new ArrayList<>();
        Stream<?> inner = switch (json) {
            case Map<?, ?> object -> object.values().stream();
            case List<?> list -> list.stream();
            case String text -> {
                leaves.add(text);
                yield Stream.of();
            }
            case null, default -> Stream.of();
        };
        inner.forEach(each -> leaves.addAll(leaves(each)));
        return leaves;
    }
}
