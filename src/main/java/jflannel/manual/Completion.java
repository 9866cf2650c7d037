package jflannel.manual;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Scripts by which a shell completes the words of a program's command line.
public enum Completion {
    bash {
        @Override
        public String of(Program program) {
            String cases = program.all()
                    .map(each -> "        %s) words=%s ;;\n"
                            .formatted(
                                    quoted(each.name()),
                                    quoted(String.join(" ", candidates(each).toList()))))
                    .collect(Collectors.joining());
            return """
                    # completion of %1$s for bash
                    _%1$s() {
                        local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} at=%1$s word words=
                        # bash splits --name=value into three words
                        if [ "$current" = = ]; then
                            current=
                        elif [ "$before" = = ]; then
                            before=${COMP_WORDS[COMP_CWORD - 2]}
                        fi
                        for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                            case "$at $word" in
                                %2$s) at="$at $word" ;;
                            esac
                        done
                        COMPREPLY=()
                        case "$at:$before" in
                    %3$s            *)
                                case $at in
                    %4$s                esac
                                ;;
                        esac
                        while IFS= read -r word; do
                            [ -z "$word" ] || COMPREPLY+=("$word")
                        done < <(compgen -W "$words" -- "$current")
                        case ${COMPREPLY[0]-} in
                            *=) compopt -o nospace 2>/dev/null ;;
                        esac
                    }
                    complete -o bashdefault -F _%1$s %1$s
                    """.formatted(program.name(), commandPatterns(program), values(program), indented(cases, 12));
        }

        private String values(Program program) {
            return valued(program)
                    .map(each -> "            %s) %s ;;\n"
                            .formatted(
                                    each.patterns(),
                                    each.option().isFile()
                                            ? "COMPREPLY=($(compgen -f -- \"$current\"))"
                                            : "words="
                                                    + quoted(String.join(
                                                            " ", each.option().choices()))))
                    .collect(Collectors.joining());
        }
    },
    zsh {
        @Override
        public String of(Program program) {
            String cases = program.all()
                    .map(each -> "    %s)\n        commands=(%s)\n        options=(%s)\n        %s\n        ;;\n"
                            .formatted(
                                    quoted(each.name()),
                                    described(each.commands().stream()
                                            .map(command -> List.of(command.word(), command.purpose()))),
                                    described(each.options().stream().flatMap(Completion::described)),
                                    each.operands().stream().anyMatch(Program.Operand::isFile) ? "files=1" : ""))
                    .collect(Collectors.joining());
            String values = valued(program)
                    .map(each -> "    %s) %s; return ;;\n"
                            .formatted(
                                    each.patterns(),
                                    each.option().isFile()
                                            ? "_files"
                                            : "compadd -- "
                                                    + String.join(
                                                            " ", each.option().choices())))
                    .collect(Collectors.joining());
            return """
                    #compdef %1$s
                    _%1$s() {
                    local at=%1$s word before=${words[CURRENT-1]} files=
                    local -a commands options
                    for word in ${words[2,CURRENT-1]}; do
                        case "$at $word" in
                            %2$s) at="$at $word" ;;
                        esac
                    done
                    if [[ ${words[CURRENT]} == --*=* ]]; then
                        before=${words[CURRENT]%%%%=*}
                        compset -P '*='
                    fi
                    case "$at:$before" in
                    %3$sesac
                    case "$at" in
                    %4$sesac
                    (( ! ${#commands} )) || _describe -t commands command commands
                    _describe -t options option options -S ''
                    [[ -z $files ]] || _files
                    }
                    # autoloaded by compinit, or sourced
                    if [[ ${funcstack[1]} == _%1$s ]]; then
                        _%1$s "$@"
                    else
                        compdef _%1$s %1$s
                    fi
                    """.formatted(program.name(), commandPatterns(program), values, cases);
        }

        private String described(Stream<List<String>> pairs) {
            return pairs.map(pair -> quoted(pair.getFirst().replace(":", "\\:") + ":" + firstSentence(pair.getLast())))
                    .collect(Collectors.joining(" "));
        }
    },
    fish {
        @Override
        public String of(Program program) {
            StringBuilder script = new StringBuilder("""
                    # completion of %1$s for fish
                    function __%1$s_at
                        set -l at %1$s
                        for word in (commandline -opc)[2..-1]
                            switch "$at $word"
                                case %2$s
                                    set at "$at $word"
                            end
                        end
                        test "$at" = "$argv[1]"
                    end
                    complete -c %1$s -f
                    """.formatted(
                    program.name(),
                    program.all().skip(1).map(each -> quoted(each.name())).collect(Collectors.joining(" "))));
            program.all().forEach(each -> each(script, program.name(), each));
            return script.toString();
        }

        private void each(StringBuilder script, String program, Program at) {
            String start = "complete -c %s -n \"__%s_at '%s'\"".formatted(program, program, at.name());
            at.commands()
                    .forEach(command -> script.append("%s -a %s -d %s\n"
                            .formatted(start, command.word(), quoted(firstSentence(command.purpose())))));
            if (at.operands().stream().anyMatch(Program.Operand::isFile)) {
                script.append(start).append(" -F\n");
            }
            at.operands().stream()
                    .filter(each -> !each.choices().isEmpty())
                    .forEach(each ->
                            script.append("%s -a %s\n".formatted(start, quoted(String.join(" ", each.choices())))));
            for (Program.Option option : at.options()) {
                script.append(start);
                for (String name : option.names()) {
                    String bare = name.replaceFirst("^-+", "");
                    script.append(bare.length() == 1 ? " -s " : " -l ").append(bare);
                }
                if (!option.isSwitch()) {
                    script.append(option.isFile() ? " -r -F" : " -x");
                    script.append(
                            option.choices().isEmpty() ? "" : " -a " + quoted(String.join(" ", option.choices())));
                }
                script.append(" -d ")
                        .append(quoted(firstSentence(option.meaning())))
                        .append('\n');
            }
        }
    };

    public abstract String of(Program program);

    /// An option whose value can be completed, where it is one.
    private record Valued(String at, Program.Option option) {
        String patterns() {
            return option.names().stream().map(name -> quoted(at + ":" + name)).collect(Collectors.joining(" | "));
        }
    }

    private static Stream<Valued> valued(Program program) {
        return program.all()
                .flatMap(each -> each.options().stream()
                        .filter(option -> option.isFile() || !option.choices().isEmpty())
                        .map(option -> new Valued(each.name(), option)));
    }

    private static Stream<String> candidates(Program program) {
        return Stream.of(
                        program.commands().stream().map(Program::word),
                        program.operands().stream().flatMap(each -> each.choices().stream()),
                        program.options().stream()
                                .flatMap(option -> option.names().stream().map(name -> name + sign(name, option))))
                .flatMap(each -> each);
    }

    private static Stream<List<String>> described(Program.Option option) {
        return option.names().stream().map(name -> List.of(name + sign(name, option), option.meaning()));
    }

    /// What follows a name that needs a value.
    private static String sign(String name, Program.Option option) {
        return !option.isSwitch() && name.startsWith("--") ? "=" : "";
    }

    private static String commandPatterns(Program program) {
        String patterns = program.all().skip(1).map(each -> quoted(each.name())).collect(Collectors.joining(" | "));
        return patterns.isEmpty() ? "''" : patterns;
    }

    private static String firstSentence(String text) {
        String first = text.strip().split("(?<=[a-z0-9)]\\.) (?=[A-Z])")[0];
        return first.replace('\u00a0', ' ');
    }

    private static String quoted(String word) {
        return "'" + word.replace("'", "’") + "'";
    }

    private static String indented(String lines, int by) {
        return lines.isEmpty() ? "" : lines.indent(by);
    }
}
