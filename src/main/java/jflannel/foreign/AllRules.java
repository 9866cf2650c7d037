package jflannel.foreign;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.names.Names;

/// The firewall rules of this node, whoever made them, and what they do to a packet.
public final class AllRules {
    private static final int LONGEST_RULE = 200;

    private final List<Ruleset> tables;

    AllRules(List<Ruleset> tables) {
        this.tables = List.copyOf(tables);
    }

    /// Reads those that may concern packets to this address.
    ///
    /// @throws IOException if a tool that is needed fails
    public static AllRules read(Ip destination) throws IOException {
        return new AllRules(RuleTexts.readAll(destination));
    }

    /// @param iptables as iptables-save(8) prints it
    /// @param nft as `nft -j list ruleset` prints it; empty for none
    public static AllRules parse(Family family, List<String> iptables, String nft) {
        String tool = family == Family.IPV4 ? "iptables" : "ip6tables";
        List<Ruleset> tables = new ArrayList<>(IptablesReader.read(iptables, tool, family, Map.of()));
        if (!nft.isEmpty()) {
            List<String> documents = List.of(nft);
            tables.addAll(NftReader.read(documents, NftSets.read(documents), NftDevices.UNKNOWN));
        }
        return new AllRules(tables);
    }

    /// A chain that the kernel calls, with its table.
    private record Entry(Ruleset table, Ruleset.Base base) {}

    /// Passes a packet through the rules of a hook.
    ///
    /// @param here tells which addresses are this node's
    public Passage pass(Hook hook, Packet packet, Predicate<Ip> here) {
        Packet now = packet.at(hook);
        List<Decision> decisions = new ArrayList<>();
        boolean translated = false;
        boolean doubtful = false;
        for (Entry entry : entries(hook, now)) {
            if (entry.base.translates() && translated) {
                continue;
            }
            Walk.Result result = Walk.of(entry.table, entry.base, now);
            now = result.packet();
            for (Walk.Hit hit : result.hits()) {
                Decision decision = decision(entry.table, entry.base, hit);
                decisions.add(decision);
                if (decision.effect() == Effect.DROP) {
                    if (decision.certain()) {
                        return new Passage(hook, decisions, now, Passage.Fate.DROPPED);
                    }
                    doubtful = true;
                }
                translated |= hit.verdict() instanceof Verdict.Rewrite;
                now = translate(now, decision, here);
            }
        }
        Packet after = now.between(packet.in(), packet.out());
        return new Passage(hook, decisions, after, doubtful ? Passage.Fate.UNCERTAIN : Passage.Fate.PASSES);
    }

    private List<Entry> entries(Hook hook, Packet packet) {
        return tables.stream()
                .filter(table -> table.concerns(packet.family()))
                .flatMap(table -> table.bases().stream().map(base -> new Entry(table, base)))
                .filter(entry -> entry.base.hook() == hook && entry.base.isFor(packet))
                .sorted(Comparator.comparingInt(entry -> entry.base.priority()))
                .toList();
    }

    private static Packet translate(Packet packet, Decision decision, Predicate<Ip> here) {
        Optional<Ip> address = decision.address();
        return switch (decision.effect()) {
            case SNAT -> address.map(packet::translatedFrom).orElse(packet);
            case DNAT -> {
                int port = decision.port() == 0 ? packet.destinationPort() : decision.port();
                yield address.map(ip -> packet.translatedTo(ip, port, here.test(ip)))
                        .orElse(packet);
            }
            default -> packet;
        };
    }

    static Decision decision(Ruleset table, Ruleset.Base base, Walk.Hit hit) {
        String rule = hit.rule().map(Rule::words).map(AllRules::shortened).orElse("");
        return new Decision(
                owner(table, hit),
                table.place(),
                hit.path().getLast(),
                rule,
                effect(hit.verdict()),
                hit.certain(),
                hit.verdict() instanceof Verdict.Rewrite rewrite ? Walk.address(rewrite.address()) : Optional.empty(),
                hit.verdict() instanceof Verdict.Rewrite rewrite ? Walk.port(rewrite) : 0,
                command(table, base, hit, rule));
    }

    private static Effect effect(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Rewrite rewrite when !rewrite.source() -> Effect.DNAT;
            case Verdict.Rewrite rewrite -> rewrite.address().isEmpty() ? Effect.MASQUERADE : Effect.SNAT;
            case Verdict.Mark _ -> Effect.MARK;
            case Verdict.Plain plain when plain == Verdict.DROP -> Effect.DROP;
            default -> Effect.ACCEPT;
        };
    }

    private static String owner(Ruleset table, Walk.Hit hit) {
        List<String> names = new ArrayList<>(hit.path().reversed());
        names.add(table.table().replaceFirst("^\\S+ ", ""));
        if (names.stream().anyMatch(name -> Names.ownerOf(name).isPresent())) {
            return "flannel";
        }
        RuleOwner owner = ForeignRules.owner(table, hit);
        return owner == RuleOwner.ANOTHER ? "" : owner.words();
    }

    private static String command(Ruleset table, Ruleset.Base base, Walk.Hit hit, String rule) {
        boolean nft = table.tool().equals("nft");
        if (hit.rule().isEmpty()) {
            return nft
                    ? "nft chain %s %s '{ policy accept; }'".formatted(table.table(), base.chain())
                    : "%s -t %s -P %s ACCEPT".formatted(table.tool(), table.table(), base.chain());
        }
        return nft || rule.endsWith("…") || rule.contains("?")
                ? ""
                : "%s -t %s %s".formatted(table.tool(), table.table(), rule.replaceFirst("^-A", "-D"));
    }

    private static String shortened(String text) {
        String line = text.replaceAll("\\p{Cntrl}", "?");
        return line.length() <= LONGEST_RULE ? line : line.substring(0, LONGEST_RULE) + "…";
    }
}
