package jflannel.options;

import static java.util.stream.Collectors.toMap;
import static java.util.stream.Collectors.toSet;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.lease.ConfigException;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/// Turns a command line and an environment into [Options].
///
/// Values of the environment become flags of their own at the end of the line, so both take one path.
final class OptionReader {
    private static final Set<String> SECRETS = Set.of("etcd-password");

    private final Map<String, String> environment;
    private final Map<String, OptionSpec> known =
            specs(new Options()).collect(toMap(option -> plain(option.longestName()), option -> option));
    private final List<String> warnings = new ArrayList<>();

    OptionReader(Map<String, String> environment) {
        this.environment = environment;
    }

    Options read(List<String> args) {
        Set<String> switches = known.values().stream()
                .filter(OptionReader::isSwitch)
                .map(option -> plain(option.longestName()))
                .collect(toSet());
        GoFlags line = GoFlags.read(args, switches, known.keySet());
        List<GoFlags.Flag> flags = new ArrayList<>(line.flags());
        Options fromLine = convert(flags);
        fromLine.help = line.help();
        if (line.help() || fromLine.log.version) {
            return fromLine;
        }
        if (!line.ignored().isEmpty()) {
            warnings.add("Ignored from the first word that is no flag: " + String.join(" ", line.ignored()));
        }
        addEnvironment(flags);
        Options options = convert(flags);
        refuseWhatDoesNotFit(options);
        options.warnings = List.copyOf(warnings);
        options.redacted = redacted(flags);
        return options;
    }

    private void addEnvironment(List<GoFlags.Flag> flags) {
        Set<String> onLine = flags.stream().map(GoFlags.Flag::name).collect(toSet());
        for (String name : known.keySet().stream().sorted().toList()) {
            String variable = isSet(variable(name)) ? variable(name) : Options.SETTINGS_FILE.get(dashed(name));
            if (variable == null || !isSet(variable) || onLine.contains(name) || name.equals("version")) {
                continue;
            }
            String value = environment.get(variable);
            GoFlags.Flag flag = new GoFlags.Flag(name, value);
            try {
                convert(List.of(flag));
                flags.add(flag);
            } catch (ExitException e) {
                warnings.add("%s=%s is ignored, the default is used. %s"
                        .formatted(
                                variable,
                                shown(name, value),
                                e.getMessage().lines().findFirst().orElse("")));
            }
        }
    }

    /// An empty variable counts as none.
    private boolean isSet(String variable) {
        return !environment.getOrDefault(variable, "").isEmpty();
    }

    /// Sets each value itself, because picocli reads more into the words of a command line than Go does: it takes an
    /// empty value for a missing one, and a value that looks like a flag for a flag.
    ///
    /// @throws ExitException if Go's flag package would not have read a value either
    /// @throws ConfigException if it would, but Go flannel would have stopped later
    private static Options convert(List<GoFlags.Flag> flags) {
        Options options = new Options();
        CommandLine commandLine = commandLine(options);
        commandLine.parseArgs(); // sets the defaults
        for (GoFlags.Flag flag : flags) {
            OptionSpec option = commandLine.getCommandSpec().findOption(dashed(flag.name()));
            String shown = shown(flag.name(), flag.value());
            try {
                set(
                        option,
                        option.converters().length == 0 ? flag.value() : option.converters()[0].convert(flag.value()));
            } catch (OptionTypes.Unfit e) {
                throw new ConfigException(dashed(flag.name()), shown, e.getMessage());
            } catch (TypeConversionException e) {
                throw GoFlags.refused("%s: \"%s\"".formatted(dashed(flag.name()), shown), e.getMessage());
            } catch (Exception e) {
                throw new IllegalStateException("a converter of " + dashed(flag.name()) + " failed", e);
            }
        }
        return options;
    }

    private static void set(OptionSpec option, Object value) {
        if (option.isMultiValue()) {
            List<Object> all = new ArrayList<>(option.<List<?>>getValue());
            all.add(value);
            option.setValue(all);
        } else {
            option.setValue(value);
        }
    }

    private static void refuseWhatDoesNotFit(Options options) {
        if ((options.etcd.keyFile == null) != (options.etcd.certFile == null)) {
            boolean key = options.etcd.keyFile != null;
            throw new ConfigException(
                    key ? "--etcd-keyfile" : "--etcd-certfile",
                    key ? options.etcd.keyFile : options.etcd.certFile,
                    "It needs %s too.".formatted(key ? "--etcd-certfile" : "--etcd-keyfile"));
        }
    }

    private String redacted(List<GoFlags.Flag> flags) {
        return specs(new Options())
                .map(option -> plain(option.longestName()))
                .flatMap(name -> values(name, flags).map(value -> dashed(name) + "=" + shown(name, value)))
                .collect(Collectors.joining(" "));
    }

    private Stream<String> values(String name, List<GoFlags.Flag> flags) {
        List<String> given = flags.stream()
                .filter(flag -> flag.name().equals(name))
                .map(GoFlags.Flag::value)
                .toList();
        if (given.isEmpty()) {
            return Stream.ofNullable(known.get(name).defaultValue()).filter(value -> !value.isEmpty());
        }
        return known.get(name).isMultiValue() ? given.stream() : Stream.of(given.getLast());
    }

    /// A value without what must not be read in a log: passwords, also those within URLs.
    private static String shown(String name, String value) {
        return SECRETS.contains(name) ? "(hidden)" : value.replaceAll("//[^/@,]*@", "//(hidden)@");
    }

    static Stream<OptionSpec> specs(Options options) {
        return commandLine(options).getCommandSpec().mixins().values().stream()
                .flatMap(group -> group.options().stream());
    }

    static CommandLine commandLine(Options options) {
        // else Java's SQL classes are loaded, for options that hold a time of a database
        System.getProperties().putIfAbsent("picocli.converters.excludes", "java.sql.*");
        return new CommandLine(options);
    }

    static boolean isSwitch(OptionSpec option) {
        return option.type() == boolean.class;
    }

    static String variable(String name) {
        return "FLANNELD_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private static String plain(String name) {
        return name.replaceFirst("^--?", "");
    }

    private static String dashed(String name) {
        return (name.length() == 1 ? "-" : "--") + name;
    }
}
