package jflannel.doctor;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toList;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
import jflannel.foreign.Found;
import jflannel.status.Condition;

/// Firewall rules of other programs, as the daemon judges them.
final class RuleChecks {
    private RuleChecks() {}

    static Stream<Diagnosis> drops(Snapshot snapshot) {
        return of(snapshot, Condition.FOREIGN_DROP, Check.FOREIGN_DROP);
    }

    static Stream<Diagnosis> rewrites(Snapshot snapshot) {
        return of(snapshot, Condition.FOREIGN_REWRITE, Check.FOREIGN_REWRITE);
    }

    /// Our own rules, as `flannel status` judges them, and what keeps packets from them.
    static Stream<Diagnosis> own(Snapshot snapshot) {
        Stream<Diagnosis> lacking = snapshot.flannel().firewall().value().stream()
                .filter(rules -> !rules.lacking().isEmpty())
                .map(rules -> missing(rules.lacking(), snapshot));
        return Stream.concat(lacking, of(snapshot, Condition.RULES_SHADOWED, Check.FIREWALL));
    }

    private static Diagnosis missing(List<String> lacking, Snapshot snapshot) {
        Diagnosis found = Diagnosis.of(
                Check.FIREWALL,
                "flannel's own firewall rules are not as they should be: packets of pods to the outside, or forwarded"
                        + " ones, may be lost");
        for (String lack : lacking) {
            found = found.seen("the rules", lack);
        }
        return found.remedied(snapshot.restart());
    }

    static Stream<Diagnosis> marks(Snapshot snapshot) {
        return of(snapshot, Condition.FOREIGN_MARK, Check.FOREIGN_MARK);
    }

    private static Stream<Diagnosis> of(Snapshot snapshot, Condition condition, Check check) {
        return snapshot.rules().foreign().stream()
                .filter(found -> found.condition() == condition)
                .collect(groupingBy(RuleChecks::rule, LinkedHashMap::new, toList()))
                .values()
                .stream()
                .map(same -> of(same, check));
    }

    /// One rule may be in the way of packets of several kinds.
    private static List<Object> rule(Found found) {
        return List.of(found.place(), found.remedy(), found.single());
    }

    private static Diagnosis of(List<Found> same, Check check) {
        return of(same.getFirst(), same.stream().map(Found::effect).collect(joining("; ")), check);
    }

    private static Diagnosis of(Found found, String effect, Check check) {
        Diagnosis whole = Diagnosis.of(check, effect)
                .seen("the rule", found.place())
                .remedied(found.remedy().replaceFirst("^Do: ", ""));
        return found.single() ? whole.graded(Grade.DEGRADED) : whole;
    }

    static Stream<Diagnosis> mixed(Snapshot snapshot) {
        List<String> legacy = snapshot.rules().legacy();
        List<String> nft = snapshot.rules().nft();
        return legacy.isEmpty() || nft.isEmpty()
                ? Stream.empty()
                : Stream.of(Diagnosis.of(
                                Check.FIREWALLS_MIXED,
                                "both kinds of iptables have rules: packets must pass both, and programs that use one do"
                                        + " not see the other")
                        .seen("iptables-legacy-save", legacy.getFirst())
                        .seen("iptables-nft-save", nft.getFirst()));
    }
}
