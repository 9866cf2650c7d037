package jflannel.options;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// The help text, made from what [Options] declares.
final class Usage {
    private static final int WIDTH = 100;
    private static final int COLUMN = 34;

    private Usage() {}

    static String text() {
        StringBuilder text = new StringBuilder("""
                Usage: flanneld [--FLAG[=VALUE]]…

                Leases a subnet for this node and carries packets between the pods of all nodes.
                Each flag may also be set in the environment: --etcd-prefix by FLANNELD_ETCD_PREFIX.
                """);
        for (CommandSpec group : OptionReader.commandLine(new Options())
                .getCommandSpec()
                .mixins()
                .values()) {
            text.append('\n').append(group.usageMessage().header()[0]).append('\n');
            group.options().forEach(option -> append(text, option));
        }
        return text.toString();
    }

    private static void append(StringBuilder text, OptionSpec option) {
        String name = "  " + option.longestName() + (OptionReader.isSwitch(option) ? "" : "=" + option.paramLabel());
        List<String> lines = wrapped(option.description()[0] + byDefault(option));
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

    private static String byDefault(OptionSpec option) {
        String value = option.defaultValue();
        if (OptionReader.isSwitch(option)) {
            return "true".equals(value) ? " On by default: " + option.longestName() + "=false turns it off." : "";
        }
        return value == null || value.isEmpty() ? "" : " Default:\u00a0" + value;
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
