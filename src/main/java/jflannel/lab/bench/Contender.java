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
/// @param filter between the pods
record Contender(String title, Optional<Scenario> scenario, ConnectionFilter filter) {
    /// Node to node, without pods, bridge, firewall or tunnel: what the others are measured against.
    static final Contender DIRECT = new Contender("direct", Optional.empty(), new ConnectionFilter.None());

    /// What network policies are compared with: the backend that does least with a packet.
    static final Contender UNFILTERED = of(Scenario.HOST_GW);

    /// On the command line, for [#UNFILTERED] and all that filter connections.
    static final String POLICIES = "policies";

    private static final List<Contender> FILTERS = List.of(
            filtered("queue", new ConnectionFilter.Queue()),
            filtered("policies-0", new ConnectionFilter.Policies(0)),
            filtered("policies-10", new ConnectionFilter.Policies(10)),
            filtered("policies-1000", new ConnectionFilter.Policies(1000)));

    static Contender of(Scenario scenario) {
        return new Contender(scenario.title(), Optional.of(scenario), new ConnectionFilter.None());
    }

    private static Contender filtered(String title, ConnectionFilter filter) {
        return new Contender(title, UNFILTERED.scenario, filter);
    }

    /// Reads `direct,vxlan,udp`; a name given twice counts once.
    ///
    /// @throws ConfigException naming a word that is no backend
    static List<Contender> list(String words) {
        LinkedHashSet<Contender> list = new LinkedHashSet<>();
        for (String word : words.split(",", -1)) {
            if (word.strip().equals(POLICIES)) {
                list.add(UNFILTERED);
                list.addAll(FILTERS);
                continue;
            }
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
        Stream<Contender> backends = Arrays.stream(Scenario.values())
                .filter(scenario -> scenario.cloud().isEmpty())
                .map(Contender::of);
        return Stream.of(Stream.of(DIRECT), backends, FILTERS.stream()).flatMap(each -> each);
    }

    boolean isFiltered() {
        return !(filter instanceof ConnectionFilter.None);
    }

    /// True where each packet passes through flanneld, whose code Java compiles as it sees it used.
    boolean isCarriedByDaemon() {
        return scenario.filter(Scenario.UDP_DAEMON::equals).isPresent();
    }
}
