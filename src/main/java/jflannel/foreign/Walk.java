package jflannel.foreign;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jflannel.ip.Ip;

/// Walks a packet through a chain as the kernel does, and notes every rule that decides about it: that accepts,
/// drops, translates or marks it.
///
/// Where a rule is undecidable, both are possible, so whatever follows is uncertain, too. Only an uncertain
/// translation ends the walk: it is how one of several backends of a Service is chosen.
final class Walk {
    /// The kernel allows no deeper jumps, but a half-read table may contain a loop.
    private static final int DEEPEST = 16;
    /// Maximum number of rules examined for one packet, which is enough for any real table.
    private static final int MOST_RULES = 100_000;

    private final Ruleset rules;
    private final List<String> path = new ArrayList<>();
    private final List<Hit> hits = new ArrayList<>();
    private Packet packet;
    private int seen;
    private boolean doubt;

    /// A rule that decides about the packet.
    ///
    /// @param rule empty if it is the first chain's policy to drop
    /// @param path names of the chains that led there, in order
    /// @param certain false if it may not match, or not be reached
    record Hit(Optional<Rule> rule, List<String> path, boolean certain) {
        Verdict verdict() {
            return rule.map(Rule::verdict).orElse(Verdict.DROP);
        }
    }

    private enum End {
        /// A rule ended the walk.
        DECIDED,
        /// No rule did.
        FELL,
        /// No rule certainly did, but one may have.
        PERHAPS_FELL
    }

    /// @param hits in the order in which the packet meets them
    /// @param packet as it leaves the chain, if it does
    record Result(List<Hit> hits, Packet packet) {}

    private Walk(Ruleset rules, Packet packet) {
        this.rules = rules;
        this.packet = packet;
    }

    /// @param packet as it passes that hook
    static Result of(Ruleset rules, Ruleset.Base base, Packet packet) {
        Walk walk = new Walk(rules, packet);
        End end = walk.chain(base.chain(), true);
        if (end != End.DECIDED && base.drops()) {
            walk.hits.add(new Hit(Optional.empty(), List.of(base.chain()), end == End.FELL && !walk.doubt));
        }
        return new Result(List.copyOf(walk.hits), walk.packet);
    }

    /// What certainly drops the packet, or replaces its addresses. It gets the benefit of the doubt: a rule that may
    /// accept does accept, and one that may drop does not.
    static Optional<Hit> through(Ruleset rules, Ruleset.Base base, Packet packet) {
        for (Hit hit : of(rules, base, packet).hits) {
            switch (hit.verdict()) {
                case Verdict.Plain.ACCEPT -> {
                    return Optional.empty();
                }
                case Verdict.Plain.DROP -> {
                    if (hit.certain) {
                        return Optional.of(hit);
                    }
                }
                case Verdict.Rewrite _ -> {
                    return Optional.of(hit).filter(Hit::certain);
                }
                default -> {}
            }
        }
        return Optional.empty();
    }

    private End chain(String name, boolean sure) {
        if (path.size() >= DEEPEST) {
            doubt = true;
            return End.PERHAPS_FELL;
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
            if (end(rule, certain) == End.DECIDED) {
                return End.DECIDED;
            }
            if (leaves(rule.verdict())) {
                if (certain) {
                    return End.FELL;
                }
                sure = false;
            }
        }
        return sure ? End.FELL : End.PERHAPS_FELL;
    }

    private static boolean leaves(Verdict verdict) {
        return verdict == Verdict.RETURN || verdict instanceof Verdict.Jump jump && !jump.returns();
    }

    private End end(Rule rule, boolean certain) {
        return switch (rule.verdict()) {
            case Verdict.Plain.ACCEPT, Verdict.Plain.DROP -> {
                note(rule, certain);
                doubt |= !certain;
                yield certain ? End.DECIDED : End.FELL;
            }
            case Verdict.Plain.RETURN, Verdict.Plain.CONTINUE -> End.FELL;
            case Verdict.Rewrite _ -> {
                note(rule, certain);
                yield End.DECIDED;
            }
            case Verdict.Mark mark -> {
                note(rule, certain);
                packet = packet.marked(certain ? mark.of(packet.mark()) : Optional.empty());
                yield End.FELL;
            }
            case Verdict.Jump jump -> chain(jump.chain(), certain);
        };
    }

    private void note(Rule rule, boolean certain) {
        hits.add(new Hit(Optional.of(rule), List.copyOf(path), certain && !doubt));
    }

    /// The port that a translation names; 0 if it names none.
    static int port(Verdict.Rewrite rewrite) {
        String words = rewrite.address();
        int colon = words.lastIndexOf(':');
        boolean named = colon >= 0 && (colon == words.indexOf(':') || words.startsWith("["));
        String port = named ? words.substring(colon + 1).replaceFirst("[-/].*", "") : "";
        return port.matches("\\d{1,5}") ? Integer.parseInt(port) : rewrite.port();
    }

    /// The address in words such as `10.244.1.7:8080`, `[fd00::7]:80`, or a range, of which it is the first.
    static Optional<Ip> address(String words) {
        String text = words.startsWith("[") ? words.substring(1).replaceFirst("].*", "") : words;
        boolean withPort = text.indexOf(':') == text.lastIndexOf(':');
        text = (withPort ? text.replaceFirst(":.*", "") : text).replaceFirst("-.*", "");
        try {
            return Optional.of(Ip.parse(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
