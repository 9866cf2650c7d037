package jflannel.options;

import static java.util.stream.Collectors.toSet;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.lease.ConfigException;
import jflannel.names.DaemonFiles;
import jflannel.names.Names;

/// Turns a command line and an environment into [Options].
final class OptionReader {
    /// What concerns one network of the host, and cannot be given for several at once.
    private static final List<Flag<?>> OF_ONE_NETWORK = List.of(
            Flags.SUBNET_FILE,
            Flags.NETWORK_NAME,
            Flags.DOCKER_OPTS_FILE,
            Flags.DOCKER_NETWORK,
            Flags.STATUS_PAGE,
            Flags.TRACE_KEY,
            Flags.KUBE);

    private final Map<String, String> environment;
    private final UnaryOperator<Path> files;
    private final List<Given> all = new ArrayList<>();
    private final FlagValues values;
    private final List<String> warnings = new ArrayList<>();

    /// @param where the flag or the environment variable
    private record Given(Flag<?> flag, String value, String where) {
        /// What is wrong with the value, without secrets.
        String words(String need) {
            return flag.isSecret()
                    ? "%s cannot be used. %s".formatted(where, need)
                    : ConfigException.words(where, flag.shown(value), need);
        }
    }

    OptionReader(Map<String, String> environment, UnaryOperator<Path> files) {
        this.environment = environment;
        this.files = files;
        this.values = new FlagValues(files);
    }

    Options read(List<String> args) {
        GoFlags line = GoFlags.read(
                args,
                Flags.all().filter(Flag::isSwitch).map(Flag::name).collect(toSet()),
                Flags.all().map(Flag::name).collect(toSet()));
        line.flags().forEach(this::take);
        if (line.help() || values.of(Flags.VERSION)) {
            return new Options(values, line.help(), List.of(), "", List.of(), List.of());
        }
        if (!line.ignored().isEmpty()) {
            warnings.add("Ignored, from the first word that is not a flag: " + String.join(" ", line.ignored()));
        }
        Flags.all().filter(flag -> !values.has(flag)).forEach(this::takeFromEnvironment);
        warnings.addAll(Variables.warnings(environment));
        refuseWhatDoesNotFit();
        return new Options(values, false, List.copyOf(warnings), redacted(), given(), networks());
    }

    private List<Options> networks() {
        List<String> names = values.of(Flags.NETWORKS);
        if (!names.isEmpty()) {
            all.stream().filter(each -> OF_ONE_NETWORK.contains(each.flag())).forEach(each -> {
                if (!each.value().equals(each.flag().otherwise())) {
                    throw new ConfigException(
                            each.where(), each.value(), "Omit it, or start a daemon for each network: see --networks.");
                }
            });
        }
        return names.stream().map(this::network).toList();
    }

    /// The options of a daemon that serves this network alone.
    private Options network(String name) {
        OptionReader one = new OptionReader(environment, files);
        all.stream()
                .filter(each -> each.flag() != Flags.NETWORKS && each.flag() != Flags.SUBNET_DIR)
                .filter(each -> !OF_ONE_NETWORK.contains(each.flag()))
                .forEach(one::add);
        one.set(Flags.NETWORKS, ""); // whatever the environment says
        one.set(Flags.ETCD_PREFIX, values.of(Flags.ETCD_PREFIX) + "/" + name);
        one.set(
                Flags.SUBNET_FILE,
                DaemonFiles.subnet(Path.of(text(Flags.SUBNET_DIR)), name).toString());
        one.set(Flags.NETWORK_NAME, name);
        String state = text(Flags.STATE_FILE);
        if (!state.isEmpty() && !state.equals(DaemonFiles.STATE)) {
            one.set(
                    Flags.STATE_FILE,
                    DaemonFiles.of(Path.of(state), new Names(name)).toString());
        }
        return new Options(one.values, false, List.of(), "", one.given(), List.of());
    }

    private void set(Flag<?> flag, String value) {
        all.removeIf(each -> each.flag() == flag);
        add(new Given(flag, value, flag.dashed()));
    }

    private String text(Flag<?> flag) {
        return all.stream()
                .filter(each -> each.flag() == flag)
                .map(Given::value)
                .reduce((_, last) -> last)
                .orElse(flag.otherwise());
    }

    private void take(GoFlags.Flag word) {
        Flag<?> flag = Flags.all()
                .filter(each -> each.name().equals(word.name()))
                .findFirst()
                .orElseThrow();
        Given given = new Given(flag, word.value(), flag.dashed());
        try {
            add(given);
        } catch (Readings.Unreadable e) {
            throw GoFlags.refused(given.words(e.getMessage()));
        }
    }

    private void takeFromEnvironment(Flag<?> flag) {
        Optional<String> variable = Variables.setting(flag, environment);
        if (variable.isPresent()) {
            Given given = new Given(flag, environment.get(variable.get()), variable.get());
            try {
                add(given);
            } catch (Readings.Unreadable e) {
                warnings.add(given.words(e.getMessage()) + " The default is used.");
            }
        }
    }

    /// @throws Readings.Unreadable if Go's flag package would have rejected the value too
    /// @throws ConfigException if Go would have accepted it, but Go flannel would have stopped later or misbehaved
    private void add(Given given) {
        try {
            values.add(given.flag(), given.value());
        } catch (Readings.Unfit e) {
            throw new ConfigException(given.words(e.getMessage()));
        }
        all.add(given);
        if (ConfigException.isQuoted(given.value())) {
            if (!given.flag().isSecret()) {
                throw new ConfigException(given.words(""));
            }
            warnings.add(given.where() + " is in quotes, which become part of the value.");
        }
    }

    private void refuseWhatDoesNotFit() {
        boolean key = values.of(Flags.ETCD_KEY_FILE) != null;
        boolean certificate = values.of(Flags.ETCD_CERT_FILE) != null;
        if (key != certificate) {
            Flag<?> lonely = key ? Flags.ETCD_KEY_FILE : Flags.ETCD_CERT_FILE;
            Flag<?> missing = key ? Flags.ETCD_CERT_FILE : Flags.ETCD_KEY_FILE;
            throw new ConfigException(lonely.dashed(), values.of(lonely), "It needs %s too.".formatted(missing));
        }
        if (values.of(Flags.NO_SUBNET) && values.of(Flags.KUBE)) {
            throw new ConfigException(
                    Flags.NO_SUBNET.dashed(),
                    true,
                    "In Kubernetes a node's subnet is its podCIDR, which the cluster gives it: omit the flag.");
        }
    }

    private String redacted() {
        return Flags.all()
                .flatMap(flag -> texts(flag).map(text -> flag + "=" + flag.shown(text)))
                .collect(Collectors.joining(" "));
    }

    private List<String> given() {
        return all.stream()
                .filter(each -> each.flag().shown(each.value()).equals(each.value()))
                .map(each -> each.flag().dashed() + "=" + each.value())
                .toList();
    }

    private Stream<String> texts(Flag<?> flag) {
        List<String> given = all.stream()
                .filter(each -> each.flag().equals(flag))
                .map(Given::value)
                .toList();
        if (given.isEmpty()) {
            return Stream.of(flag.otherwise()).filter(text -> !text.isEmpty());
        }
        return flag.repeats() ? given.stream() : Stream.of(given.getLast());
    }
}
