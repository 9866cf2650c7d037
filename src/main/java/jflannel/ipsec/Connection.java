package jflannel.ipsec;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmPolicy.Direction;
import jflannel.vici.Section;

/// What charon should know to negotiate keys with one peer. Names, algorithms and identities are those of Go flannel,
/// with which a node shares a network.
///
/// @param local the address that this node sends from
/// @param self the address by which the peer knows this node
/// @param peer the peer's address
/// @param children the networks between which packets are encrypted, one for each family of pods; in order
public record Connection(Ip local, Ip self, Ip peer, List<Child> children) {
    /// What both ends take for IKE itself; not configurable in Go flannel either.
    private static final String IKE_PROPOSAL = "aes256-sha256-modp4096";

    private static final String PEER_SECONDS = "30s";

    /// A pair of networks whose packets have keys of their own.
    public record Child(Cidr own, Cidr peer) {
        String name() {
            return own + "-" + peer;
        }
    }

    /// One connection for each pair of hosts among outgoing policies.
    public static List<Connection> of(Collection<XfrmPolicy> policies, IkeSettings settings) {
        record Hosts(Ip local, Ip peer) {}
        Map<Hosts, TreeSet<Child>> byHosts = new LinkedHashMap<>();
        Comparator<Child> order = Comparator.comparing(Child::own).thenComparing(Child::peer);
        for (XfrmPolicy policy : policies) {
            if (policy.direction() == Direction.OUT) {
                byHosts.computeIfAbsent(new Hosts(policy.from(), policy.to()), _ -> new TreeSet<>(order))
                        .add(new Child(policy.source(), policy.destination()));
            }
        }
        List<Connection> connections = new ArrayList<>(byHosts.size());
        byHosts.forEach((hosts, children) -> {
            Ip self = settings.publicIps().getOrDefault(hosts.local.family(), hosts.local);
            connections.add(new Connection(hosts.local, self, hosts.peer, List.copyOf(children)));
        });
        return connections;
    }

    public String name() {
        Child first = children.getFirst();
        return "%s-%s-%s-%s".formatted(self, first.own, first.peer, peer);
    }

    /// True if this node begins the negotiation: one end is enough, and if it does not, the other will.
    boolean begins() {
        return self.compareTo(peer) < 0;
    }

    /// What `load-conn` takes.
    Section section(IkeSettings settings, List<String> authorities, List<String> certificates) {
        Section own = Section.EMPTY.with("auth", settings.credentials().kind()).with("id", self.toString());
        Section other =
                Section.EMPTY.with("auth", settings.credentials().kind()).with("id", peer.toString());
        if (!certificates.isEmpty()) {
            own = own.with("certs", certificates);
            other = other.with("cacerts", authorities);
        }
        Section all = Section.EMPTY;
        for (Child child : children) {
            all = all.with(child.name(), section(child, settings));
        }
        return Section.EMPTY.with(
                name(),
                Section.EMPTY
                        .with("version", "2")
                        .with("local_addrs", List.of(local.toString()))
                        .with("remote_addrs", List.of(peer.toString()))
                        .with("proposals", List.of(IKE_PROPOSAL))
                        .with("encap", yes(settings.inUdp()))
                        .with("mobike", "no") // the policies name these two addresses
                        .with("unique", "never") // both ends may begin at once, and neither result should end the other
                        .with("keyingtries", "0")
                        .with("dpd_delay", PEER_SECONDS)
                        .with("local", own)
                        .with("remote", other)
                        .with("children", all));
    }

    private Section section(Child child, IkeSettings settings) {
        return Section.EMPTY
                .with("local_ts", List.of(child.own.toString()))
                .with("remote_ts", List.of(child.peer.toString()))
                .with("esp_proposals", List.of(settings.espProposal()))
                .with("mode", "tunnel")
                .with("policies", "no")
                .with("reqid", Integer.toString(XfrmPolicy.OURS))
                .with("rekey_time", "1h")
                .with("dpd_action", "restart")
                .with("close_action", begins() ? "start" : "none")
                .with("start_action", begins() ? "start" : "none");
    }

    private static String yes(boolean on) {
        return on ? "yes" : "no";
    }

    /// True if charon has this connection, as `list-conns` describes it; what it does not describe is in
    /// [IkeSettings#stamp].
    boolean isLoaded(Section there) {
        Section loaded = there.section("children");
        return there.items("local_addrs").equals(List.of(local.toString()))
                && there.items("remote_addrs").equals(List.of(peer.toString()))
                && loaded.sections().size() == children.size()
                && children.stream().allMatch(child -> loaded.sections().containsKey(child.name()));
    }
}
