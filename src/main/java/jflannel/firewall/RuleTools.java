package jflannel.firewall;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.names.Names;

/// The firewalls that may hold our rules, each for both families: the node's default iptables, the two kinds of
/// iptables by name, and nftables.
final class RuleTools {
    /// Stands for nftables among the variants of iptables.
    static final String NFT = "nft";

    private static final List<String> VARIANTS = List.of("", "-legacy", "-nft");

    private RuleTools() {}

    /// @param variant "" for the node's default, or `-legacy` or `-nft`
    static List<RuleTool> iptables(Names names, String variant) {
        return Stream.of(Family.values())
                .<RuleTool>map(family -> new IptablesTool(names, family, variant))
                .toList();
    }

    static List<RuleTool> nft(Names names) {
        return Stream.of(Family.values())
                .<RuleTool>map(family -> new NftTool(names, family))
                .toList();
    }

    /// All of them. The node's default iptables comes last, as it is usually one of the others under another name.
    static List<RuleTool> all(Names names) {
        return Stream.of(iptables(names, "-legacy"), iptables(names, "-nft"), nft(names), iptables(names, ""))
                .flatMap(List::stream)
                .toList();
    }

    /// Those in which our rules are leftovers when the given one is in use.
    ///
    /// @param used a variant, or [#NFT]
    static List<RuleTool> allBut(String used, Names names, Optional<Names> former) {
        Stream<RuleTool> others = VARIANTS.stream()
                .filter(variant -> !variant.equals(used))
                .flatMap(variant -> iptables(names, variant).stream());
        return Stream.of(
                        others,
                        used.equals(NFT) ? Stream.<RuleTool>empty() : nft(names).stream(),
                        former.stream().flatMap(other -> all(other).stream()))
                .flatMap(tools -> tools)
                .toList();
    }
}
