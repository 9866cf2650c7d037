package jflannel.foreign;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Walks a packet through a chain as the kernel does. Where a rule is undecidable, the packet gets the benefit of
/// the doubt: a rule that may accept does accept, and one that may drop does not. So a drop that is found is
/// certain.
final class Walk {
    /// The kernel allows no deeper jumps, but a half-read table may contain a loop.
    private static final int DEEPEST = 16;
    /// Maximum number of rules examined for one packet, which is enough for any real table.
    private static final int MOST_RULES = 100_000;

    private final Ruleset rules;
    private final Packet packet;
    private final List<String> path = new ArrayList<>();
    private int seen;

    /// A drop or rewrite that flannel does not want.
    ///
    /// @param rule empty if it was the first chain's policy
    /// @param path names of the chains that led there, in order
    record Hit(Optional<Rule> rule, List<String> path) {}

    private sealed interface End {
        record Found(Hit hit) implements End {}

        enum Calm implements End {
            /// A rule accepted it, or may have.
            PASSED,
            /// No rule decided.
            FELL,
            /// No rule certainly decided, but one may have.
            PERHAPS_FELL
        }
    }

    private Walk(Ruleset rules, Packet packet) {
        this.rules = rules;
        this.packet = packet;
    }

    /// @param packet as it passes that hook
    /// @return what certainly drops or rewrites it
    static Optional<Hit> through(Ruleset rules, Ruleset.Base base, Packet packet) {
        Walk walk = new Walk(rules, packet);
        End end = walk.chain(base.chain(), true);
        if (end instanceof End.Found(Hit hit)) {
            return Optional.of(hit);
        }
        return end == End.Calm.FELL && base.drops()
                ? Optional.of(new Hit(Optional.empty(), List.of(base.chain())))
                : Optional.empty();
    }

    private End chain(String name, boolean sure) {
        if (path.size() >= DEEPEST) {
            return End.Calm.PASSED;
        }
        path.add(name);
        End end = rules(name, sure);
        path.removeLast();
        return end;
    }

    private End rules(String name, boolean sure) {
        for (Rule rule : rules.rules(name)) {
            Truth matches = ++seen > MOST_RULES ? Truth.UNKNOWN : rule.matches(packet);
            if (matches == Truth.NO) {
                continue;
            }
            boolean certain = sure && matches == Truth.YES;
            End end = end(rule, certain);
            if (end != End.Calm.FELL) {
                return end;
            }
            if (leaves(rule.verdict())) {
                if (certain) {
                    return End.Calm.FELL;
                }
                sure = false;
            }
        }
        return sure ? End.Calm.FELL : End.Calm.PERHAPS_FELL;
    }

    private static boolean leaves(Verdict verdict) {
        return verdict == Verdict.RETURN || verdict instanceof Verdict.Jump jump && !jump.returns();
    }

    private End end(Rule rule, boolean certain) {
        return switch (rule.verdict()) {
            case Verdict.Plain.ACCEPT -> End.Calm.PASSED;
            case Verdict.Plain.DROP -> certain ? found(rule) : End.Calm.FELL;
            case Verdict.Plain.RETURN, Verdict.Plain.CONTINUE -> End.Calm.FELL;
            case Verdict.Rewrite _ -> certain ? found(rule) : End.Calm.PASSED;
            case Verdict.Jump jump -> {
                End inner = chain(jump.chain(), certain);
                yield inner == End.Calm.PERHAPS_FELL ? End.Calm.FELL : inner;
            }
        };
    }

    private End found(Rule rule) {
        return new End.Found(new Hit(Optional.of(rule), List.copyOf(path)));
    }
}
