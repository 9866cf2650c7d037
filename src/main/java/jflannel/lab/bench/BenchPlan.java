package jflannel.lab.bench;

import java.util.List;
import java.util.stream.Stream;
import jflannel.lease.ConfigException;

/// What is to be compared, and how thoroughly.
///
/// @param offloads the states of the links' offloads to measure with: true for on
/// @param runs how often everything is measured
/// @param seconds that each measurement lasts
record BenchPlan(List<Contender> contenders, List<Boolean> offloads, int runs, int seconds) {
    private static final int MOST_RUNS = 100;
    private static final int MOST_SECONDS = 30;

    BenchPlan {
        contenders = List.copyOf(contenders);
        offloads = List.copyOf(offloads);
        require("--runs", runs, MOST_RUNS);
        require("--seconds", seconds, MOST_SECONDS);
    }

    private static void require(String flag, int value, int most) {
        if (value < 1 || value > most) {
            throw new ConfigException(flag, value, "Give a number from 1 to %d.".formatted(most));
        }
    }

    /// @param word `on`, `off` or `both`
    static List<Boolean> offloads(String word) {
        return switch (word) {
            case "on" -> List.of(true);
            case "off" -> List.of(false);
            case "both" -> List.of(true, false);
            default -> throw new ConfigException("--offloads", word, "Give on, off or both.");
        };
    }

    /// Those contenders that others are compared with, in the order of the reports.
    Stream<Contender> bases() {
        return Stream.of(Contender.DIRECT, Contender.of(jflannel.lab.Scenario.VXLAN), Contender.UNFILTERED)
                .filter(contenders::contains)
                .filter(base -> !base.equals(Contender.UNFILTERED)
                        || contenders.stream().anyMatch(Contender::isFiltered));
    }

    /// What all measurements take together, about.
    double plannedSeconds(List<Probe> probes) {
        double once = probes.stream().mapToDouble(Probe::seconds).sum() * contenders.size();
        double warm = contenders.stream().mapToDouble(Probe::warmUpSeconds).sum();
        return offloads.size() * (warm + runs * once);
    }

    BenchPlan without(List<Contender> absent) {
        return new BenchPlan(
                contenders.stream().filter(each -> !absent.contains(each)).toList(), offloads, runs, seconds);
    }
}
