package jflannel.foreign;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.names.Names;
import jflannel.status.Condition;

/// Finds rules of other programs that come before ours in iptables, and keep packets from being masqueraded. In
/// nftables, an accept in another program's table does not matter.
final class Shadows {
    private Shadows() {}

    static List<Found> find(List<Ruleset> tables, Traffic traffic, LocalDevices node) {
        List<Found> found = new ArrayList<>();
        if (!traffic.masquerade() || traffic.nftables()) {
            return found;
        }
        Samples samples = new Samples(traffic, node);
        for (Ruleset table : tables) {
            for (Ruleset.Base base : table.bases()) {
                if (base.hook() == Hook.POSTROUTING && base.translates()) {
                    for (Family family : Family.values()) {
                        samples.outward(family)
                                .filter(_ -> table.concerns(family))
                                .flatMap(packet -> shadow(table, base, packet))
                                .ifPresent(found::add);
                    }
                }
            }
        }
        return found;
    }

    private static Optional<Found> shadow(Ruleset table, Ruleset.Base base, Packet packet) {
        List<Rule> rules = table.rules(base.chain());
        Optional<Rule> ours = rules.stream().filter(Shadows::isOurs).findFirst();
        if (ours.isEmpty()) {
            return Optional.empty(); // they are in another firewall, or are missing
        }
        for (Walk.Hit hit : Walk.of(table, base, packet).hits()) {
            if (hit.verdict() instanceof Verdict.Rewrite) {
                return Optional.empty(); // by us or by others
            }
            if (hit.certain() && hit.verdict() == Verdict.ACCEPT) {
                return Optional.of(found(table, base, hit));
            }
        }
        return rules.subList(0, rules.indexOf(ours.get())).stream()
                .filter(rule -> rule.verdict() == Verdict.RETURN && rule.matches(packet) == Truth.YES)
                .findFirst()
                .map(rule -> found(table, base, new Walk.Hit(Optional.of(rule), List.of(base.chain()), true)));
    }

    private static boolean isOurs(Rule rule) {
        return rule.verdict() instanceof Verdict.Jump jump
                && Names.ownerOf(jump.chain()).isPresent();
    }

    private static Found found(Ruleset table, Ruleset.Base base, Walk.Hit hit) {
        Decision decision = AllRules.decision(table, base, hit);
        String who = decision.owner().isEmpty() ? RuleOwner.ANOTHER.words() : decision.owner();
        return new Found(
                Condition.RULES_SHADOWED,
                decision.words(),
                who + " lets packets of pods to the outside pass before flannel's rules masquerade them, so no answer"
                        + " comes back",
                decision.words(),
                "Do: " + (decision.command().isEmpty() ? "delete that rule" : decision.command()),
                false);
    }
}
