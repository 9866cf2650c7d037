package jflannel.manual;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// A program's page of the manual, in the language of man(7).
public final class ManPage {
    private final StringBuilder page = new StringBuilder();

    private ManPage() {}

    /// @param more sections after the options, such as files, in man(7)
    /// @param date of the program, as `2026-11-30`
    public static String of(Program program, int section, String version, String date, String more) {
        ManPage page = new ManPage();
        page.line(".TH %s %d %s \"jflannel %s\""
                .formatted(plain(program.name().toUpperCase(java.util.Locale.ROOT)), section, date, version));
        page.head(program);
        page.body(program);
        page.page.append(more);
        return page.page.toString();
    }

    private void head(Program program) {
        line(".SH NAME");
        String purpose = program.purpose().replaceFirst("\\.$", "");
        line(plain(program.name()) + " \\- " + text(Character.toLowerCase(purpose.charAt(0)) + purpose.substring(1)));
        line(".SH SYNOPSIS");
        List<Program> leaves =
                program.all().filter(each -> each.commands().isEmpty()).toList();
        for (int i = 0; i < leaves.size(); i++) {
            line(i == 0 ? ".nh" : ".br");
            synopsis(leaves.get(i));
        }
        line(".hy");
    }

    private void synopsis(Program program) {
        String operands = program.operands().stream()
                .map(each -> each.optional()
                        ? " [\\fI" + plain(each.label()) + "\\fR]"
                        : " \\fI" + plain(each.label()) + "\\fR")
                .collect(Collectors.joining());
        line("\\fB" + plain(program.name()) + "\\fR [\\fIoptions\\fR]" + operands);
    }

    private void body(Program program) {
        line(".SH DESCRIPTION");
        paragraphs(program.text().isEmpty() ? List.of(program.purpose()) : program.text());
        if (program.commands().isEmpty()) {
            line(".SH OPTIONS");
            options(program);
            return;
        }
        line(".SH COMMANDS");
        program.all().filter(each -> each.commands().isEmpty()).forEach(command -> {
            line(".SS \"" + plain(command.name()) + "\"");
            List<String> all = new ArrayList<>(List.of(command.purpose()));
            all.addAll(command.text());
            paragraphs(all);
            operands(command);
            options(command);
        });
    }

    private void paragraphs(List<String> paragraphs) {
        for (int i = 0; i < paragraphs.size(); i++) {
            if (i > 0) {
                line(".PP");
            }
            line(text(paragraphs.get(i)));
        }
    }

    private void operands(Program program) {
        program.operands().forEach(each -> item("\\fI" + plain(each.label()) + "\\fR", each.meaning()));
    }

    private void options(Program program) {
        String group = "";
        for (Program.Option option : program.options()) {
            if (!option.group().equals(group)) {
                group = option.group();
                line(".SS \"" + plain(group) + "\"");
            }
            String value = option.isSwitch() ? "" : "=\\fI" + plain(option.label()) + "\\fR";
            item(
                    option.names().stream()
                            .map(name -> "\\fB" + plain(name) + "\\fR" + value)
                            .collect(Collectors.joining(", ")),
                    option.meaning());
        }
    }

    private void item(String name, String meaning) {
        line(".TP");
        line(name);
        line(meaning.isBlank() ? "See flanneld(8)." : text(meaning));
    }

    private void line(String line) {
        page.append(line).append('\n');
    }

    /// Text that begins a line. A new sentence begins a new one, as man pages have it.
    static String text(String words) {
        return plain(words.strip())
                .replaceAll("(?<=[a-z0-9)]\\.) (?=[A-Z])", "\n")
                .lines()
                .map(line -> line.startsWith(".") || line.startsWith("'") ? "\\&" + line : line)
                .collect(Collectors.joining("\n"));
    }

    /// A dash that is typed must not become a hyphen, and the rest must print on any terminal.
    private static String plain(String text) {
        return text.replace("\\", "\\e")
                .replace("-", "\\-")
                .replace("\"", "\\(dq")
                .replace("'", "\\(aq")
                .replace("…", "...")
                .replace("\u00a0", "\\ ");
    }
}
