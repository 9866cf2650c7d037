package jflannel.manual;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import jflannel.options.FlagHelp;
import jflannel.options.Options;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Reads what the programs know of themselves.
public final class Programs {
    private Programs() {}

    /// The daemon, by its list of flags.
    public static Program flanneld() {
        List<Program.Option> options = Stream.concat(
                        Stream.of(new Program.Option(
                                "Log and information", List.of("--help"), "", "Show all flags and exit.")),
                        Options.help().stream().map(Programs::option))
                .sorted(Comparator.comparing(option -> groups().indexOf(option.group())))
                .toList();
        return new Program(
                "flanneld",
                "Gives this host's pods a subnet, and routes to those of all other hosts.",
                List.of(
                        "It leases a subnet for this host in etcd, or takes it from the Kubernetes API, and programs the kernel to"
                                + " carry packets between the pods of all hosts. Packets do not pass through it, except"
                                + " some of the backend udp, so they travel on while it is stopped.",
                        "One dash and two mean the same. A switch takes a value only after an equals sign:"
                                + " --kube-subnet-mgr=false. Every flag can also be given by an environment variable:"
                                + " --etcd-prefix as FLANNELD_ETCD_PREFIX. A flag on the command line wins."),
                options,
                List.of(),
                List.of());
    }

    private static List<String> groups() {
        return Options.help().stream().map(FlagHelp::group).distinct().toList();
    }

    private static Program.Option option(FlagHelp flag) {
        return new Program.Option(flag.group(), List.of(flag.name()), flag.label(), flag.meaning());
    }

    /// A program of picocli's.
    public static Program of(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        List<String> text = Arrays.asList(spec.usageMessage().description());
        return new Program(
                spec.qualifiedName(),
                text.isEmpty() ? "" : text.getFirst().formatted(),
                text.isEmpty() ? List.of() : text.subList(1, text.size()),
                spec.options().stream()
                        .filter(option -> !option.hidden())
                        .map(option -> new Program.Option("", List.of(option.names()), label(option), meaning(option)))
                        .toList(),
                spec.positionalParameters().stream()
                        .map(each -> new Program.Operand(
                                each.paramLabel(), meaning(each), each.arity().min() == 0))
                        .toList(),
                command.getSubcommands().values().stream()
                        .distinct()
                        .filter(each -> !each.getCommandSpec().usageMessage().hidden())
                        .map(Programs::of)
                        .toList());
    }

    private static String label(OptionSpec option) {
        return option.arity().max() == 0 ? "" : option.paramLabel();
    }

    private static String meaning(ArgSpec argument) {
        String fallback = argument.defaultValue() == null ? "" : argument.defaultValue();
        return String.join(" ", argument.description()).replace("${DEFAULT-VALUE}", fallback);
    }
}
