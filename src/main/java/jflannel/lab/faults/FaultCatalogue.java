package jflannel.lab.faults;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.lab.LabSetup;
import jflannel.lease.ConfigException;

/// All faults there are.
final class FaultCatalogue {
    private FaultCatalogue() {}

    static List<Fault> all() {
        return Stream.of(
                        StoreFaults.all(),
                        KubeFaults.all(),
                        DaemonFaults.all(),
                        KernelFaults.all(),
                        InterfaceFaults.all(),
                        FirewallFaults.all(),
                        ClockFaults.all(),
                        ConfigFaults.all(),
                        CloudTableFaults.all(),
                        LeaseChurn.all())
                .flatMap(List::stream)
                .toList();
    }

    /// The chosen ones that make sense with a cluster; all if none is chosen. Those that need the same kind of
    /// cluster come one after another, and last those that spoil it.
    ///
    /// @throws ConfigException if there is no fault of such a name
    static List<Fault> of(LabSetup setup, LeaseStoreKind store, List<String> names) {
        List<Fault> all = all();
        for (String name : names) {
            if (all.stream().noneMatch(fault -> fault.name().equals(name))) {
                throw new ConfigException(
                        "--only",
                        name,
                        "Give one of " + all.stream().map(Fault::name).collect(Collectors.joining(", ")) + ".");
            }
        }
        return all.stream()
                .filter(fault -> names.isEmpty() || names.contains(fault.name()))
                .filter(fault -> fault.clusters().test(setup) && fault.stores().contains(store))
                .sorted(Comparator.comparing(Fault::spoils))
                .collect(Collectors.groupingBy(Fault::spec, java.util.LinkedHashMap::new, Collectors.toList()))
                .values()
                .stream()
                .flatMap(List::stream)
                .toList();
    }
}
