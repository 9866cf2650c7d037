package jflannel.foreign;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Family;

/// A table of rules: its chains, and which of them the kernel calls.
final class Ruleset {
    private final String tool;
    private final String table;
    private final Optional<Family> family;
    private final Map<String, List<Rule>> chains = new LinkedHashMap<>();
    private final List<Base> bases = new ArrayList<>();

    /// A chain that the kernel calls.
    ///
    /// @param drops its policy is to drop
    /// @param devices by which packets must come or go; empty for all
    /// @param priority among the chains of its hook: the lowest is first
    /// @param translates only the first packet of a connection passes it; of such chains of a hook, only the first
    ///     that decides counts
    record Base(String chain, Hook hook, boolean drops, Set<String> devices, int priority, boolean translates) {
        boolean isFor(Packet packet) {
            return switch (hook) {
                case INGRESS, EGRESS -> {
                    String device = packet.device(hook);
                    yield device != null && devices.contains(device);
                }
                case BRIDGE_IN, BRIDGE_OUT -> packet.device(hook) != null; // pods behind a bridge
                default -> true;
            };
        }
    }

    /// @param tool `iptables`, `ip6tables`, either with `-legacy`, or `nft`
    /// @param table its name as the tool prints it: `raw`, `inet firewalld`
    /// @param family of the packets that traverse it; empty for both
    Ruleset(String tool, String table, Optional<Family> family) {
        this.tool = tool;
        this.table = table;
        this.family = family;
    }

    void add(Base base) {
        bases.add(base);
    }

    void addChain(String name) {
        chains.computeIfAbsent(name, _ -> new ArrayList<>());
    }

    void add(String chain, Rule rule) {
        chains.computeIfAbsent(chain, _ -> new ArrayList<>()).add(rule);
    }

    boolean concerns(Family packets) {
        return family.isEmpty() || family.get() == packets;
    }

    List<Base> bases() {
        return bases;
    }

    /// The rules of a chain in order; none if there is no such chain.
    List<Rule> rules(String chain) {
        return chains.getOrDefault(chain, List.of());
    }

    /// True if a rule in it marks packets.
    boolean marks() {
        return chains.values().stream().flatMap(List::stream).anyMatch(rule -> rule.verdict() instanceof Verdict.Mark);
    }

    boolean hasChain(String chain) {
        return chains.containsKey(chain);
    }

    Iterable<String> chains() {
        return chains.keySet();
    }

    String tool() {
        return tool;
    }

    String table() {
        return table;
    }

    /// `iptables, table raw`
    String place() {
        return tool.equals("nft") ? "the nftables table " + table : tool + ", table " + table;
    }
}
