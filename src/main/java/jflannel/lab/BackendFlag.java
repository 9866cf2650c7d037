package jflannel.lab;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.lease.ConfigException;
import picocli.CommandLine.Option;

/// The flag `--backend` of commands that can run with each backend in turn.
public final class BackendFlag {
    private static final String ALL = "all";

    @Option(
            names = "--backend",
            defaultValue = "vxlan",
            paramLabel = "NAME",
            description = "Such as vxlan, host-gw or udp; or all, one after the other. Default: ${DEFAULT-VALUE}")
    private String name;

    /// @param possible backends that the command supports
    /// @return one of them, or all
    /// @throws ConfigException for any other
    public List<Scenario> among(Set<Scenario> possible) {
        List<Scenario> chosen = Arrays.stream(Scenario.values())
                .filter(possible::contains)
                .filter(scenario -> name.equals(ALL) || name.equals(scenario.title()))
                .toList();
        if (chosen.isEmpty()) {
            String titles = possible.stream().sorted().map(Scenario::title).collect(Collectors.joining(", "));
            throw new ConfigException("--backend", name, "Give one of " + titles + ", or all.");
        }
        return chosen;
    }
}
