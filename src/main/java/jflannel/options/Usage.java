package jflannel.options;

import java.util.ArrayList;
import java.util.List;

/// Renders the help text from [Flags].
final class Usage {
    private static final int WIDTH = 100;
    private static final int COLUMN = 34;

    private Usage() {}

    static String text() {
        StringBuilder text = new StringBuilder("""
                Usage: flanneld [--FLAG[=VALUE]]…

                Leases a subnet for this node and connects its pods with those of all other nodes.
                Each flag can also be set in the environment: --etcd-prefix as FLANNELD_ETCD_PREFIX.
                """);
        for (Flags.Group group : Flags.GROUPS) {
            text.append('\n').append(group.title()).append(":\n");
            group.flags().forEach(flag -> append(text, flag));
        }
        return text.toString();
    }

    /// The same as a list.
    static List<FlagHelp> flags() {
        return Flags.GROUPS.stream()
                .flatMap(group -> group.flags().stream()
                        .map(flag -> new FlagHelp(
                                group.title(), flag.dashed(), flag.label(), flag.meaning() + byDefault(flag))))
                .toList();
    }

    private static void append(StringBuilder text, Flag<?> flag) {
        String name = "  " + flag + (flag.isSwitch() ? "" : "=" + flag.label());
        List<String> lines = wrapped(flag.meaning() + byDefault(flag));
        if (name.length() > COLUMN - 2) {
            text.append(name).append('\n');
            name = "";
        }
        for (String line : lines) {
            text.append(name)
                    .repeat(' ', COLUMN - name.length())
                    .append(line.replace('\u00a0', ' '))
                    .append('\n');
            name = "";
        }
    }

    private static String byDefault(Flag<?> flag) {
        String value = flag.otherwise();
        if (flag.isSwitch()) {
            return "true".equals(value) ? " On by default: " + flag + "=false turns it off." : "";
        }
        return value.isEmpty() ? "" : " Default:\u00a0" + value;
    }

    private static List<String> wrapped(String words) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : words.split(" ")) {
            if (!line.isEmpty() && line.length() + 1 + word.length() > WIDTH - COLUMN) {
                lines.add(line.toString());
                line.setLength(0);
            }
            line.append(line.isEmpty() ? "" : " ").append(word);
        }
        lines.add(line.toString());
        return lines;
    }
}
