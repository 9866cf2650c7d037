package jflannel.foreign;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;

/// Parses the output of `nft -j list table`: libnftables-json(5). Unknown expressions become [Truth#UNKNOWN].
final class NftReader {
    private final Map<String, Ruleset> tables = new LinkedHashMap<>();
    private final NftSets sets;
    private final NftDevices devices;

    private NftReader(NftSets sets, NftDevices devices) {
        this.sets = sets;
        this.devices = devices;
    }

    /// @param documents that hold tables, with chains before their rules
    /// @param sets whose elements are known
    /// @param devices of chains whose documents do not say it
    /// @throws jflannel.json.JsonException if one is not JSON
    static List<Ruleset> read(List<String> documents, NftSets sets, NftDevices devices) {
        NftReader reader = new NftReader(sets, devices);
        documents.forEach(document -> reader.document(Json.object(document)));
        return List.copyOf(reader.tables.values());
    }

    private void document(Map<String, Object> document) {
        for (Object item : list(document.get("nftables"))) {
            Map<?, ?> object = map(item);
            if (object.get("table") instanceof Map<?, ?> table) {
                table(table, text(table, "name"));
            } else if (object.get("chain") instanceof Map<?, ?> chain) {
                chain(table(chain, text(chain, "table")), chain);
            } else if (object.get("rule") instanceof Map<?, ?> rule) {
                rules(table(rule, text(rule, "table")), rule);
            }
        }
    }

    private Ruleset table(Map<?, ?> of, String name) {
        String family = text(of, "family");
        return tables.computeIfAbsent(family + " " + name, full -> new Ruleset("nft", full, family(family)));
    }

    private static Optional<Family> family(String name) {
        return switch (name) {
            case "ip" -> Optional.of(Family.IPV4);
            case "ip6" -> Optional.of(Family.IPV6);
            default -> Optional.empty();
        };
    }

    private void chain(Ruleset table, Map<?, ?> chain) {
        String name = text(chain, "name");
        table.addChain(name);
        Set<String> of = devices.of(table.table(), name, chain.get("dev"));
        Hook.named(text(chain, "family"), text(chain, "hook"))
                .ifPresent(hook -> table.add(new Ruleset.Base(
                        name,
                        hook,
                        text(chain, "policy").equals("drop"),
                        of,
                        priority(chain.get("prio")),
                        text(chain, "type").equals("nat"))));
    }

    private static int priority(Object prio) {
        return prio instanceof Json.Number number ? Integer.parseInt(number.text()) : 0;
    }

    private void rules(Ruleset table, Map<?, ?> rule) {
        new RuleReader(list(rule.get("expr")), text(rule, "comment"), sets.of(table.table()))
                .rules()
                .forEach(read -> table.add(text(rule, "chain"), read));
    }

    /// Reads one rule of nft, which counts as several if it has a verdict map: one for each verdict.
    private static final class RuleReader {
        private final List<?> expressions;
        private final String words;
        private final UnaryOperator<Object> sets;
        private final List<Function<Packet, Truth>> tests = new ArrayList<>();
        private final List<Rule> rules = new ArrayList<>();
        private Optional<Ip> only = Optional.empty();

        /// @param sets makes the elements of a name, if they are known
        RuleReader(List<?> expressions, String comment, UnaryOperator<Object> sets) {
            this.expressions = expressions;
            this.sets = sets;
            this.words = NftWords.of(expressions, comment);
        }

        List<Rule> rules() {
            for (Object expression : expressions) {
                for (Map.Entry<?, ?> entry : map(expression).entrySet()) {
                    expression(String.valueOf(entry.getKey()), entry.getValue());
                }
            }
            return rules;
        }

        private void expression(String name, Object value) {
            switch (name) {
                case "match" -> match(map(value));
                case "vmap" -> verdictMap(map(value));
                case "mangle" -> mangle(map(value));
                case "counter", "log", "notrack", "ct helper", "ct timeout", "meter", "set", "map", "dup" -> {}
                case "limit", "quota", "ct count", "xt" -> tests.add(_ -> Truth.UNKNOWN);
                default -> verdict(name, value).ifPresentOrElse(this::decide, () -> tests.add(_ -> Truth.UNKNOWN));
            }
        }

        private void mangle(Map<?, ?> mangle) {
            if (map(mangle.get("key")).get("meta") instanceof Map<?, ?> meta && "mark".equals(meta.get("key"))) {
                decide(Marks.ofNft(mangle.get("value")));
            }
        }

        private void decide(Verdict verdict) {
            rules.add(new Rule(words, tests, verdict, only));
        }

        private void match(Map<?, ?> match) {
            Object left = match.get("left");
            Object right = sets.apply(match.get("right"));
            boolean not = text(match, "op").equals("!=");
            boolean ordered = List.of("<", ">", "<=", ">=").contains(text(match, "op"));
            tests.add(packet -> ordered
                    ? Truth.UNKNOWN
                    : NftMatches.holds(left, right, packet).not(not));
            if (!not && NftMatches.isDestination(left) && right instanceof String address) {
                only = address(address);
            }
        }

        private static Optional<Ip> address(String text) {
            try {
                return Optional.of(Ip.parse(text));
            } catch (IllegalArgumentException e) {
                return Optional.empty(); // a set
            }
        }

        /// One rule for each verdict in the map. A named map may hold any verdict.
        private void verdictMap(Map<?, ?> vmap) {
            Object key = vmap.get("key");
            if (!(sets.apply(vmap.get("data")) instanceof Map<?, ?> data)) {
                List<Function<Packet, Truth>> others = List.copyOf(tests);
                tests.add(_ -> Truth.UNKNOWN);
                decide(Verdict.ACCEPT);
                tests.clear();
                tests.addAll(others);
                return;
            }
            List<Function<Packet, Truth>> before = List.copyOf(tests);
            for (Object element : list(data.get("set"))) {
                List<?> pair = list(element);
                if (pair.size() == 2) {
                    Object value = pair.getFirst();
                    tests.add(packet -> NftMatches.holds(key, value, packet));
                    map(pair.getLast())
                            .forEach((name, of) ->
                                    verdict(String.valueOf(name), of).ifPresent(this::decide));
                    tests.clear();
                    tests.addAll(before);
                }
            }
        }

        private static Optional<Verdict> verdict(String name, Object value) {
            return Optional.ofNullable(
                    switch (name) {
                        case "accept", "queue", "tproxy", "fwd", "flow" -> Verdict.ACCEPT;
                        case "drop", "reject" -> Verdict.DROP;
                        case "return" -> Verdict.RETURN;
                        case "continue" -> Verdict.CONTINUE;
                        case "jump" -> new Verdict.Jump(text(map(value), "target"), true);
                        case "goto" -> new Verdict.Jump(text(map(value), "target"), false);
                        case "masquerade" -> new Verdict.Rewrite(true, "", 0, keepsPort(value));
                        case "snat" -> new Verdict.Rewrite(true, text(map(value), "addr"), 0, keepsPort(value));
                        case "dnat", "redirect" ->
                            new Verdict.Rewrite(false, text(map(value), "addr"), port(map(value)), true);
                        default -> null;
                    });
        }

        private static int port(Map<?, ?> options) {
            return options.get("port") instanceof Json.Number number ? Integer.parseInt(number.text()) : 0;
        }

        private static boolean keepsPort(Object value) {
            Map<?, ?> options = map(value);
            return !options.containsKey("port")
                    && !String.valueOf(options.get("flags")).contains("random");
        }
    }

    private static List<?> list(Object value) {
        return value instanceof List<?> list ? list : List.of();
    }

    private static Map<?, ?> map(Object value) {
        return value instanceof Map<?, ?> map ? map : Map.of();
    }

    private static String text(Map<?, ?> map, String field) {
        return Objects.toString(map.get(field) instanceof String text ? text : "");
    }
}
