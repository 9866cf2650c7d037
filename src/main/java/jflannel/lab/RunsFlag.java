package jflannel.lab;

import jflannel.lease.ConfigException;
import picocli.CommandLine.Option;

/// The flag `--runs` of commands that measure.
public final class RunsFlag {
    @Option(
            names = "--runs",
            defaultValue = "3",
            paramLabel = "N",
            description = "How many times to measure everything. Default: ${DEFAULT-VALUE}")
    private int runs;

    /// @throws ConfigException if there would be none
    public int count() {
        if (runs < 1) {
            throw new ConfigException("--runs", runs, "Give 1 or more.");
        }
        return runs;
    }
}
