package jflannel.policy;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Rtnetlink;
import jflannel.nftables.NftElements;
import jflannel.work.LogLimit;

/// What was refused: counts per policy and direction, and the latest connections for the log.
final class Refusals {
    private static final Logger LOG = System.getLogger(Refusals.class.getName());
    /// Lines in ten seconds.
    private static final int LINES = 10;

    private final PolicyTable table;
    private final LogLimit log = new LogLimit(LOG, LINES);
    private final Map<Place, Long> seen = new HashMap<>();
    private final Map<Cause, Long> counts = new TreeMap<>();
    private Set<String> logged = new HashSet<>();
    private long total;
    private long totalLogged;

    private record Place(NftSet.Id set, Octets address) {}

    /// Who refuses.
    record Cause(String policy, Direction direction) implements Comparable<Cause> {
        @Override
        public int compareTo(Cause other) {
            int order = policy.compareTo(other.policy);
            return order != 0 ? order : direction.compareTo(other.direction);
        }
    }

    Refusals(PolicyTable table) {
        this.table = table;
    }

    /// How many packets the policies of each pod have refused since this program began. A packet that several policies
    /// could have allowed counts for each of them.
    synchronized Map<Cause, Long> counts(Rendering applied) throws KernelException {
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER)) {
            count(socket, applied);
        }
        Set<Cause> causes = new HashSet<>();
        applied.isolating()
                .forEach((set, byKey) -> byKey.values()
                        .forEach(policies -> policies.forEach(id -> causes.add(new Cause(id, direction(set))))));
        counts.keySet().retainAll(causes);
        causes.forEach(cause -> counts.putIfAbsent(cause, 0L));
        return Map.copyOf(counts);
    }

    private static Direction direction(NftSet.Id set) {
        return set.set() == NftSet.REFUSED_IN4 || set.set() == NftSet.REFUSED_IN6
                ? Direction.INGRESS
                : Direction.EGRESS;
    }

    private void count(NetlinkSocket socket, Rendering applied) throws KernelException {
        for (Map.Entry<NftSet.Id, Map<Octets, List<String>>> isolating :
                applied.isolating().entrySet()) {
            NftSet.Id set = isolating.getKey();
            for (NftElements.Counted element : table.read(socket, set)) {
                Octets address = table.withoutTag(set, element.element().key());
                Long before = seen.put(new Place(set, address), element.packets());
                long more =
                        before == null || before > element.packets() ? element.packets() : element.packets() - before;
                total += more;
                for (String policy : isolating.getValue().getOrDefault(address, List.of())) {
                    counts.merge(new Cause(policy, direction(set)), more, Long::sum);
                }
            }
        }
    }

    /// Logs connections that were refused since the last call.
    synchronized void log(Rendering applied, World world) throws KernelException {
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER)) {
            count(socket, applied);
            if (total == totalLogged) {
                log.flush();
                return;
            }
            totalLogged = total;
            Set<String> now = new HashSet<>();
            for (Family family : Family.values()) {
                for (NftElements.Counted element :
                        table.read(socket, NftSet.latest(family).id())) {
                    now.add(words(connection(element.element().key(), family), world));
                }
            }
            now.stream().filter(line -> !logged.contains(line)).forEach(line -> log.log(Level.INFO, line));
            logged = now;
        }
    }

    private static Connection connection(byte[] key, Family family) {
        int length = family.bytes();
        byte[] source = java.util.Arrays.copyOfRange(key, 0, length);
        byte[] destination = java.util.Arrays.copyOfRange(key, length, 2 * length);
        int protocol = key[2 * length] & 0xff;
        int port = (key[2 * length + 4] & 0xff) << 8 | key[2 * length + 5] & 0xff;
        boolean hasPort = Transport.ofNumber(protocol).isPresent();
        return new Connection(Ip.of(source), Ip.of(destination), protocol, hasPort ? port : 0);
    }

    private static String words(Connection connection, World world) {
        String by = new Judge(world)
                .findings(connection).stream()
                        .filter(finding -> !finding.allowed())
                        .map(finding -> finding.direction().word() + " of "
                                + finding.refusing().stream().map(Policy::id).collect(Collectors.joining(", ")))
                        .collect(Collectors.joining("; "));
        return "refused: " + named(connection.source(), world) + " -> " + named(connection.destination(), world) + " "
                + connection.transport().map(Transport::toString).orElse("protocol " + connection.protocol())
                + (connection.port() == 0 ? "" : " port " + connection.port())
                + (by.isEmpty() ? ", which is allowed by now" : ", by " + by);
    }

    private static String named(Ip ip, World world) {
        return world.at(ip).map(endpoint -> endpoint.id() + " (" + ip + ")").orElse(ip.toString());
    }
}
