package jflannel.ipsec;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Ip;
import jflannel.kernel.Xfrm;
import jflannel.vici.Section;
import jflannel.vici.ViciClient;
import jflannel.vici.ViciException;

/// Makes a charon know the connections it should, and no others, and has it negotiate with peers that it has no keys
/// for. What it knows is read back each time: it may be another one than before.
final class Negotiations {
    private static final Logger LOG = System.getLogger(Negotiations.class.getName());
    /// How long a peer that should begin may take, before this node does.
    private static final Duration COURTESY = Duration.ofSeconds(3);

    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    /// How many IKE SAs with one peer are useful: each end may have begun one.
    private static final int ENOUGH = 2;

    private final Complaints complaints;
    private final Map<String, Attempt> attempts = new HashMap<>();
    private final KernelKeys kernelKeys = new KernelKeys();
    /// Numbers of the children that charon was asked to renew, as the kernel has lost their keys.
    private final Set<String> renewed = new HashSet<>();

    /// When a peer without keys is asked again.
    ///
    /// @param since when it has had none, as [System#nanoTime]
    private record Attempt(long since, long next, Duration pause) {}

    /// What a look has found.
    ///
    /// @param byName how it stands with each connection
    /// @param refused why charon does not take a connection, by its name
    /// @param unsure true if another look is needed soon
    record Found(Map<String, SecurityAssociation> byName, Map<String, String> refused, boolean unsure) {}

    Negotiations(Complaints complaints) {
        this.complaints = complaints;
    }

    /// @param mayRemove false if connections that are not among the desired may be of peers not yet known
    Found converge(
            ViciClient charon,
            Charon files,
            IkeSettings settings,
            List<Connection> wanted,
            boolean mayRemove,
            KeyFiles keys)
            throws IOException {
        String stamp = settings.stamp() + (keys == null ? "" : " " + keys.fingerprint());
        String before = files.stamp();
        boolean same = before.equals(stamp);
        boolean renewed = keys != null && before.startsWith(settings.stamp() + " ");
        Map<String, Section> loaded = byName(charon.stream("list-conns", "list-conn"));
        Map<String, Connection> desired = new LinkedHashMap<>();
        wanted.forEach(connection -> desired.put(connection.name(), connection));
        if (mayRemove) {
            remove(
                    charon,
                    loaded.keySet().stream()
                            .filter(name -> !desired.containsKey(name))
                            .toList());
            attempts.keySet().retainAll(desired.keySet());
        }
        Map<String, String> refused = new HashMap<>();
        for (Connection connection : wanted) {
            Section there = loaded.get(connection.name());
            if (there == null || !same || !connection.isLoaded(there)) {
                load(charon, connection, settings, keys, there != null && !renewed, refused);
            }
        }
        if (!same && refused.isEmpty()) {
            files.stamp(stamp);
        }
        List<Section> listed = SecurityAssociation.list(charon);
        boolean unsure = compareWithKernel(charon, listed, wanted, mayRemove);
        return new Found(look(charon, listed, wanted), refused, unsure);
    }

    private static Map<String, Section> byName(List<Section> events) {
        Map<String, Section> byName = new HashMap<>();
        events.forEach(event -> byName.putAll(event.sections()));
        return byName;
    }

    private void remove(ViciClient charon, List<String> names) throws IOException {
        for (String name : names) {
            charon.ask("unload-conn", Section.EMPTY.with("name", name));
            end(charon, "ike", name);
            complaints.settle(name);
        }
    }

    /// There may be nothing to end.
    private static void end(ViciClient charon, String by, String what) throws IOException {
        try {
            charon.ask(
                    "terminate",
                    Section.EMPTY.with(by, what).with("force", "yes").with("timeout", "-1"));
        } catch (ViciException e) {
            LOG.log(Level.DEBUG, "charon: {0}", e.getMessage());
        }
    }

    /// @param replaces true if what was negotiated by it before must end; a node that renews its certificate has the
    ///     same name and algorithms
    private void load(
            ViciClient charon,
            Connection connection,
            IkeSettings settings,
            KeyFiles keys,
            boolean replaces,
            Map<String, String> refused)
            throws IOException {
        List<String> authorities = keys == null ? List.of() : List.of(keys.authority());
        List<String> certificates = keys == null ? List.of() : List.of(keys.certificate());
        try {
            charon.ask("load-conn", connection.section(settings, authorities, certificates));
            if (replaces) {
                end(charon, "ike", connection.name()); // it was negotiated by other rules
            }
        } catch (ViciException e) {
            refused.put(connection.name(), e.getMessage());
        }
    }

    /// Has charon renew keys that the kernel has lost, and deletes those that charon does not know.
    ///
    /// @return true if another look is needed to tell
    private boolean compareWithKernel(
            ViciClient charon, List<Section> listed, List<Connection> wanted, boolean mayRemove) throws IOException {
        List<Section> sas = listed.stream()
                .flatMap(event -> event.sections().values().stream())
                .toList();
        Set<Ip> needed = new HashSet<>();
        for (Connection connection : wanted) {
            List<Section> own = sasOf(listed, connection.name());
            if (!lacking(connection, own).isEmpty()) {
                needed.add(connection.peer()); // what another charon negotiated still carries packets
            }
        }
        KernelKeys.Found found =
                kernelKeys.compare(sas, Xfrm.states(), ip -> !mayRemove || needed.contains(ip), System.nanoTime());
        if (!found.orphans().isEmpty()) {
            LOG.log(
                    Level.INFO,
                    "deleting {0} IPsec keys that nobody needs",
                    found.orphans().size());
            Xfrm.delete(found.orphans());
        }
        for (String child : found.lost()) {
            renew(charon, child);
        }
        renewed.retainAll(found.lost());
        return found.unsure();
    }

    /// First by what IKE has already; if that does not help, from the beginning.
    private void renew(ViciClient charon, String child) throws IOException {
        if (renewed.add(child)) {
            LOG.log(Level.WARNING, "the kernel has lost IPsec keys, which charon renews: child {0}", child);
            try {
                charon.ask("rekey", Section.EMPTY.with("child-id", child));
            } catch (ViciException e) {
                LOG.log(Level.DEBUG, "charon: {0}", e.getMessage());
            }
        } else {
            end(charon, "child-id", child);
        }
    }

    private static List<Section> sasOf(List<Section> listed, String name) {
        return listed.stream()
                .map(event -> event.sections().get(name))
                .filter(Objects::nonNull)
                .toList();
    }

    private static List<String> lacking(Connection connection, List<Section> sas) {
        Set<String> withKeys = namesWithKeys(sas);
        return connection.children().stream()
                .map(Connection.Child::name)
                .filter(name -> !withKeys.contains(name))
                .toList();
    }

    private Map<String, SecurityAssociation> look(ViciClient charon, List<Section> listed, List<Connection> wanted)
            throws IOException {
        Map<String, List<Section>> present = new HashMap<>();
        for (Section event : listed) {
            event.sections()
                    .forEach((name, sa) -> present.computeIfAbsent(name, _ -> new ArrayList<>())
                            .add(sa));
        }
        Map<String, SecurityAssociation> found = new HashMap<>();
        for (Connection connection : wanted) {
            List<Section> sas = present.getOrDefault(connection.name(), List.of());
            List<String> lacking = lacking(connection, sas);
            if (lacking.isEmpty()) {
                attempts.remove(connection.name());
                complaints.settle(connection.name());
                endSurplus(charon, sas);
            } else {
                ask(charon, connection, sas, lacking);
            }
            found.put(connection.name(), judge(connection, sas, lacking.isEmpty()));
        }
        return found;
    }

    private static Set<String> namesWithKeys(List<Section> sas) {
        return sas.stream()
                .flatMap(sa -> sa.section("child-sas").sections().values().stream())
                .filter(SecurityAssociation::hasKeys)
                .map(child -> child.text("name"))
                .collect(Collectors.toSet());
    }

    private SecurityAssociation judge(Connection connection, List<Section> sas, boolean up) {
        long in = 0;
        long out = 0;
        long seconds = 0;
        for (Section sa : sas) {
            for (Section child : sa.section("child-sas").sections().values()) {
                in += child.number("bytes-in");
                out += child.number("bytes-out");
                if (up) {
                    seconds = Math.max(seconds, sa.number("established"));
                }
            }
        }
        Attempt attempt = attempts.get(connection.name());
        if (attempt != null) {
            seconds = Duration.ofNanos(System.nanoTime() - attempt.since).toSeconds();
        }
        return new SecurityAssociation(up, seconds, in, out, up ? "" : complaints.about(connection.name()));
    }

    /// Has charon begin, unless it has already, or the peer should, or was asked a short time ago.
    private void ask(ViciClient charon, Connection connection, List<Section> sas, List<String> lacking)
            throws IOException {
        long now = System.nanoTime();
        Attempt attempt = attempts.computeIfAbsent(
                connection.name(),
                _ -> new Attempt(now, now + (connection.begins() ? 0 : COURTESY.toNanos()), COURTESY));
        boolean busy = sas.stream().anyMatch(sa -> sa.text("state").equals("CONNECTING"));
        if (busy || now - attempt.next < 0) {
            return;
        }
        Duration pause = attempt.pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
        attempts.put(connection.name(), new Attempt(attempt.since, now + attempt.pause.toNanos(), pause));
        for (String child : lacking) {
            try {
                charon.ask(
                        "initiate",
                        Section.EMPTY
                                .with("ike", connection.name())
                                .with("child", child)
                                .with("timeout", "-1"));
            } catch (ViciException e) {
                LOG.log(Level.DEBUG, "charon: {0}", e.getMessage());
            }
        }
    }

    /// The oldest ones go, as packets are encrypted with the youngest keys.
    private static void endSurplus(ViciClient charon, List<Section> sas) throws IOException {
        List<Section> established = sas.stream()
                .filter(sa -> sa.text("state").equals("ESTABLISHED"))
                .sorted((a, b) -> Long.compare(a.number("established"), b.number("established")))
                .toList();
        for (Section surplus : established.subList(Math.min(ENOUGH, established.size()), established.size())) {
            end(charon, "ike-id", surplus.text("uniqueid"));
        }
    }
}
