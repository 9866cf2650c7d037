package jflannel.firewall;

/// The two things our rules are for, each with a chain of its own. The names and comments are those of Go
/// flannel, so that each finds and replaces the other's rules.
enum Purpose {
    MASQUERADE(
            new Iptables("nat", "POSTROUTING", "FLANNEL-POSTRTG", "flanneld masq"),
            new Nft(
                    "postrtg",
                    "chain to manage traffic masquerading by flannel",
                    "type nat hook postrouting priority srcnat; policy accept;")),
    FORWARD(
            new Iptables("filter", "FORWARD", "FLANNEL-FWD", "flanneld forward"),
            new Nft(
                    "forward",
                    "chain to accept flannel traffic",
                    "type filter hook forward priority filter; policy accept;"));

    private final Iptables iptables;
    private final Nft nft;

    Purpose(Iptables iptables, Nft nft) {
        this.iptables = iptables;
        this.nft = nft;
    }

    Iptables iptables() {
        return iptables;
    }

    Nft nft() {
        return nft;
    }

    /// @param parent the kernel's chain that a jump to ours is appended to
    /// @param comment on the jump and on each rule
    record Iptables(String table, String parent, String chain, String comment) {}

    /// @param hook where the kernel calls the chain, as nft prints it
    record Nft(String chain, String comment, String hook) {}
}
