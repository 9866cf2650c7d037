package jflannel.doctor;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The kernel, besides the network's own objects.
///
/// @param release as uname(2) has it
/// @param settings of sysctl(8), by name with slashes; those that the kernel lacks are not in it
/// @param missingModules that the backend needs, and neither the kernel nor the disk has
/// @param counters of /proc/net/snmp: `Udp InCsumErrors`
/// @param offloading devices that leave checksums of what they send to others
public record Machine(
        String release,
        Map<String, String> settings,
        Set<String> missingModules,
        Map<String, Long> counters,
        Set<String> offloading) {
    private static final String IPSEC = "dropped by IPsec";
    private static final List<String> DROPPED_BY_IPSEC = List.of(
            "XfrmInNoPols",
            "XfrmInPolBlock",
            "XfrmInTmplMismatch",
            "XfrmOutPolBlock",
            "XfrmOutNoStates",
            "XfrmAcquireError");

    public Machine {
        settings = Map.copyOf(settings);
        missingModules = Set.copyOf(missingModules);
        counters = Map.copyOf(counters);
        offloading = Set.copyOf(offloading);
    }

    Optional<String> setting(String name) {
        return Optional.ofNullable(settings.get(name));
    }

    boolean is(String setting, String value) {
        return value.equals(settings.get(setting));
    }

    int number(String setting) {
        try {
            return Integer.parseInt(settings.getOrDefault(setting, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    long counter(String name) {
        return counters.getOrDefault(name, 0L);
    }

    /// The same after packets were sent to other nodes.
    ///
    /// @param now the counters
    Machine afterProbes(Map<String, Long> now) {
        Map<String, Long> all = new HashMap<>(counters);
        all.put(IPSEC, droppedByIpsec(now) - droppedByIpsec(counters));
        return new Machine(release, settings, missingModules, all, offloading);
    }

    private static long droppedByIpsec(Map<String, Long> counters) {
        return DROPPED_BY_IPSEC.stream()
                .mapToLong(name -> counters.getOrDefault(name, 0L))
                .sum();
    }

    /// How many packets the host's IPsec policies dropped while packets were sent to other nodes, because they say so
    /// or have no keys.
    long droppedByIpsec() {
        return counter(IPSEC);
    }

    /// True for a release before `major.minor`; false for one that cannot be read.
    boolean isBefore(int major, int minor) {
        List<Integer> numbers = Arrays.stream(release.split("[^0-9]+", 3))
                .limit(2)
                .filter(word -> !word.isEmpty() && word.length() < 6)
                .map(Integer::valueOf)
                .toList();
        return numbers.size() == 2 && (numbers.get(0) < major || numbers.get(0) == major && numbers.get(1) < minor);
    }
}
