package jflannel.firewall;

import java.util.List;

/// What happens to a packet that a rule matches, in the syntax of both tools.
enum Verdict {
    ACCEPT("accept", "ACCEPT"),
    /// Leaves our chain; other chains may still decide.
    RETURN("return", "RETURN"),
    MASQUERADE("masquerade", "MASQUERADE"),
    MASQUERADE_FULLY_RANDOM("masquerade fully-random", "MASQUERADE", "--random-fully");

    private final String nft;
    private final List<String> iptables;

    Verdict(String nft, String... iptables) {
        this.nft = nft;
        this.iptables = List.of(iptables);
    }

    String nft() {
        return nft;
    }

    /// The arguments of `-j`.
    List<String> iptables() {
        return iptables;
    }
}
