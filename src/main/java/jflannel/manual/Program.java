package jflannel.manual;

import java.util.List;
import java.util.stream.Stream;

/// A program or one of its commands, with all that its man page and its completion say.
///
/// @param name as it is typed, with the commands that lead to it: `flannel lease list`
/// @param purpose in one sentence
/// @param text more about it, a paragraph each
/// @param operands words that are no options, in order
/// @param commands if it is only a start of others
public record Program(
        String name,
        String purpose,
        List<String> text,
        List<Option> options,
        List<Operand> operands,
        List<Program> commands) {
    public Program {
        text = List.copyOf(text);
        options = List.copyOf(options);
        operands = List.copyOf(operands);
        commands = List.copyOf(commands);
    }

    /// @param group of options that belong together; empty if there are no groups
    /// @param names with their dashes, the shortest first
    /// @param label of the value: `FILE`, or the words to choose from, as `text|json`; empty for a switch
    public record Option(String group, List<String> names, String label, String meaning) {
        public Option {
            names = List.copyOf(names);
        }

        boolean isSwitch() {
            return label.isEmpty();
        }

        /// The words to choose from; none if it takes anything else.
        List<String> choices() {
            return label.matches("[a-z0-9]+(\\|[a-z0-9]+)+") ? List.of(label.split("\\|")) : List.of();
        }

        boolean isFile() {
            return label.equals("FILE") || label.equals("FOLDER");
        }
    }

    /// A word that is no option.
    public record Operand(String label, String meaning, boolean optional) {
        boolean isFile() {
            return label.startsWith("FILE") || label.startsWith("FOLDER");
        }

        List<String> choices() {
            return new Option("", List.of(), label, meaning).choices();
        }
    }

    /// The last word of its name.
    String word() {
        return name.substring(name.lastIndexOf(' ') + 1);
    }

    /// This one, and all commands below it.
    Stream<Program> all() {
        return Stream.concat(Stream.of(this), commands.stream().flatMap(Program::all));
    }
}
