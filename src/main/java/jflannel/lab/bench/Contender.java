package jflannel.lab.bench;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.lab.Scenario;
import jflannel.lease.ConfigException;

/// What is compared: a backend that connects pods, or the network beneath all of them.
///
/// @param title as on the command line and in reports
/// @param scenario empty for [#DIRECT]
record Contender(String title, Optional<Scenario> scenario) {
    /// Node to node, without pods, bridge, firewall or tunnel: what the others are measured against.
    static final Contender DIRECT = new Contender("direct", Optional.empty());

    static Contender of(Scenario scenario) {
        return new Contender(scenario.title(), Optional.of(scenario));
    }

    /// Reads `direct,vxlan,udp`; a name given twice counts once.
    ///
    /// @throws ConfigException naming a word that is no backend
    static List<Contender> list(String words) {
        LinkedHashSet<Contender> list = new LinkedHashSet<>();
        for (String word : words.split(",", -1)) {
            list.add(all().filter(contender -> contender.title.equals(word.strip()))
                    .findFirst()
                    .orElseThrow(() -> new ConfigException(
                            "--backends",
                            word,
                            "Give some of %s, with commas between them."
                                    .formatted(String.join(
                                            ", ", all().map(Contender::title).toList())))));
        }
        return List.copyOf(list);
    }

    private static Stream<Contender> all() {
        // packets of the backends that use a cloud's table take the way of alloc's
        return Stream.concat(
                Stream.of(DIRECT),
                Arrays.stream(Scenario.values())
                        .filter(scenario -> scenario.cloud().isEmpty())
                        .map(Contender::of));
    }

    /// True where each packet passes through flanneld, whose code Java compiles as it sees it used.
    boolean isCarriedByDaemon() {
        return scenario.filter(Scenario.UDP_DAEMON::equals).isPresent();
    }
}
