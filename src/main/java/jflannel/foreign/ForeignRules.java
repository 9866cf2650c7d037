package jflannel.foreign;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.names.Names;
import jflannel.status.Condition;

/// Finds rules of other programs that drop or rewrite a network's traffic, by passing sample packets through all
/// rules as the kernel would.
///
/// Each chain that the kernel calls is examined on its own, because an accept in one chain does not override a drop
/// in another. Rules for a single pod are examined only where Docker makes them; elsewhere they are somebody's
/// policy.
final class ForeignRules {
    /// How many single addresses to examine in one chain.
    private static final int MOST_SINGLE = 64;

    private final Traffic traffic;
    private final LocalDevices node;
    private final List<Samples.Sample> samples;
    /// The rules found for each cause.
    private final Map<Cause, Set<String>> rules = new LinkedHashMap<>();
    private final Map<Cause, Trouble> troubles = new LinkedHashMap<>();

    /// What similar hits have in common.
    private record Cause(Condition condition, String subject) {}

    private ForeignRules(Traffic traffic, LocalDevices node) {
        this.traffic = traffic;
        this.node = node;
        this.samples = new Samples(traffic, node).all();
    }

    /// Rules that are in the way, one for each cause.
    static List<Trouble> find(List<Ruleset> rules, Traffic traffic, LocalDevices node) {
        ForeignRules search = new ForeignRules(traffic, node);
        rules.forEach(search::table);
        return search.troubles.entrySet().stream()
                .map(entry ->
                        entry.getValue().times(search.rules.get(entry.getKey()).size()))
                .toList();
    }

    private void table(Ruleset table) {
        if (isOurs(table.table())) {
            return;
        }
        for (Ruleset.Base base : table.bases()) {
            for (Samples.Sample sample : samples) {
                if (table.concerns(sample.packet().family())
                        && sample.way().passes(base.hook())
                        && base.isFor(sample.packet())) {
                    Packet packet = sample.packet().at(base.hook());
                    look(table, base, sample.way(), packet);
                    if (sample.way() == Way.IN) {
                        single(table, base).forEach(pod -> look(table, base, Way.IN, packet.to(pod)));
                    }
                }
            }
        }
    }

    private static boolean isOurs(String table) {
        return Names.ownerOf(table.substring(table.lastIndexOf(' ') + 1)).isPresent();
    }

    /// The addresses of this node's pods that rules like Docker's name: in prerouting, or in Docker's chains.
    private Set<Ip> single(Ruleset table, Ruleset.Base base) {
        Set<Ip> pods = new LinkedHashSet<>();
        List<String> chains = new ArrayList<>();
        if (base.hook() == Hook.PREROUTING) {
            chains.add(base.chain());
        } else if (base.hook() == Hook.FORWARD) {
            table.chains().forEach(chain -> {
                if (RuleOwner.of(List.of(chain, table.table().replaceFirst("^\\S+ ", ""))) == RuleOwner.DOCKER) {
                    chains.add(chain);
                }
            });
        }
        for (String chain : chains) {
            table.rules(chain).stream()
                    .flatMap(rule -> rule.only().stream())
                    .filter(this::isOwnPod)
                    .limit(MOST_SINGLE)
                    .forEach(pods::add);
        }
        return pods;
    }

    private boolean isOwnPod(Ip address) {
        Cidr own = traffic.subnets().get(address.family());
        return own != null && own.contains(address);
    }

    private void look(Ruleset table, Ruleset.Base base, Way way, Packet packet) {
        Walk.through(table, base, packet)
                .filter(hit -> !isOurs(hit.path().getLast()))
                .filter(hit -> !isHarmless(hit, packet))
                .filter(hit -> !isOverruled(table, base, hit))
                .ifPresent(hit -> note(table, base, way, packet.family(), hit));
    }

    /// True for a policy that our rules overrule. If it is met, then they were deleted, and will soon be back.
    private boolean isOverruled(Ruleset table, Ruleset.Base base, Walk.Hit hit) {
        return hit.rule().isEmpty()
                && base.hook() == Hook.FORWARD
                && table.table().equals("filter")
                && traffic.forward()
                && !traffic.nftables();
    }

    /// True if a rule replaces an address, and the port, by the same value.
    private boolean isHarmless(Walk.Hit hit, Packet packet) {
        if (!(hit.rule().map(Rule::verdict).orElse(Verdict.DROP) instanceof Verdict.Rewrite rewrite)) {
            return false;
        }
        Family family = packet.family();
        Ip masquerade = node.primary().getOrDefault(family, packet.source());
        boolean same = rewrite.address().isEmpty()
                ? packet.fromHere() && packet.source().equals(masquerade)
                : rewrite.address().equals(packet.source().toString());
        return rewrite.source() && rewrite.keepsPort() && same;
    }

    private void note(Ruleset table, Ruleset.Base base, Way way, Family family, Walk.Hit hit) {
        Trouble trouble = new Trouble(owner(table, hit), table, base, hit, way, family, traffic, 1);
        Cause cause = new Cause(trouble.condition(), trouble.subject());
        rules.computeIfAbsent(cause, _ -> new HashSet<>())
                .add(hit.rule().map(Rule::words).orElse(""));
        troubles.putIfAbsent(cause, trouble);
    }

    static RuleOwner owner(Ruleset table, Walk.Hit hit) {
        List<String> names = new ArrayList<>(hit.path().reversed());
        names.add(table.table().replaceFirst("^\\S+ ", ""));
        Optional<Rule> rule = hit.rule();
        if (rule.isPresent() && isDockersRaw(table, rule.get())) {
            return RuleOwner.DOCKER;
        }
        if (rule.isEmpty()) { // a policy: set by whoever has chains there
            table.chains().forEach(names::add);
        }
        return RuleOwner.of(names);
    }

    /// `-d 172.17.0.2/32 ! -i docker0 -j DROP`, in a built-in chain.
    private static boolean isDockersRaw(Ruleset table, Rule rule) {
        return table.table().equals("raw")
                && rule.only().isPresent()
                && rule.words().contains(" ! -i ")
                && rule.verdict() == Verdict.DROP;
    }
}
