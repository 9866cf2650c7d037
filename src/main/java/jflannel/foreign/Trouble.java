package jflannel.foreign;

import jflannel.ip.Family;
import jflannel.status.Condition;
import jflannel.work.Printable;

/// A rule of another program, or a chain's policy, that is in this network's way.
///
/// @param rules the table that it is in
/// @param base the chain that the kernel calls
/// @param hit the rule, and how a packet got there
/// @param family of the packets
/// @param count the number of similar rules
record Trouble(
        RuleOwner owner,
        Ruleset rules,
        Ruleset.Base base,
        Walk.Hit hit,
        Way way,
        Family family,
        Traffic traffic,
        int count) {
    private static final int LONGEST_RULE = 200;

    Trouble times(int many) {
        return new Trouble(owner, rules, base, hit, way, family, traffic, many);
    }

    /// True if packets are dropped; false if their source or destination is replaced.
    boolean drops() {
        return !(verdict() instanceof Verdict.Rewrite);
    }

    private Verdict verdict() {
        return hit.rule().map(Rule::verdict).orElse(Verdict.DROP);
    }

    boolean isPolicy() {
        return hit.rule().isEmpty();
    }

    Condition condition() {
        return drops() ? Condition.FOREIGN_DROP : Condition.FOREIGN_REWRITE;
    }

    String subject() {
        return String.join(" ", rules.tool(), rules.table(), chain(), way.name(), family.name());
    }

    /// The chain that holds the rule.
    String chain() {
        return hit.path().getLast();
    }

    Found found() {
        return new Found(condition(), subject(), effect(), place(), Remedy.of(this), isOfOnePod());
    }

    private String effect() {
        return "%s %s %s".formatted(owner.words(), drops() ? "drops" : "replaces addresses in", way.words());
    }

    private String place() {
        return where() + (count > 1 ? " (and %d more)".formatted(count - 1) : "");
    }

    private boolean isOfOnePod() {
        return hit.rule().flatMap(Rule::only).isPresent();
    }

    private String where() {
        return hit.rule()
                .map(rule -> "%s, chain %s, %s".formatted(rules.place(), chain(), shortened(rule.words())))
                .orElse("%s, the policy of chain %s is to drop".formatted(rules.place(), base.chain()));
    }

    private static String shortened(String text) {
        return Printable.line(text, LONGEST_RULE);
    }
}
