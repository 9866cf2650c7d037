package jflannel.firewall;

import jflannel.names.Names;

/// The two chains that hold our rules. Those of the default network have Go flannel's names and comments, so that each
/// program finds and replaces the other's rules.
enum OwnChain {
    MASQUERADE(
            new Iptables("nat", "POSTROUTING", "flanneld masq"),
            new Nft(
                    "postrtg",
                    "chain to manage traffic masquerading by flannel",
                    "type nat hook postrouting priority srcnat; policy accept;")),
    FORWARD(
            new Iptables("filter", "FORWARD", "flanneld forward"),
            new Nft(
                    "forward",
                    "chain to accept flannel traffic",
                    "type filter hook forward priority filter; policy accept;"));

    private final Iptables iptables;
    private final Nft nft;

    OwnChain(Iptables iptables, Nft nft) {
        this.iptables = iptables;
        this.nft = nft;
    }

    Iptables iptables() {
        return iptables;
    }

    Nft nft() {
        return nft;
    }

    /// The iptables chain of a network.
    String chain(Names names) {
        return switch (this) {
            case MASQUERADE -> names.masqueradeChain();
            case FORWARD -> names.forwardChain();
        };
    }

    /// The comment on the jump to a network's chain and on each rule in it.
    String comment(Names names) {
        return names.comment(iptables.comment);
    }

    /// @param parent the kernel's chain that a jump to ours is appended to
    /// @param comment of the default network
    record Iptables(String table, String parent, String comment) {}

    /// @param chain in our own table
    /// @param hook where the kernel calls the chain, as nft prints it
    record Nft(String chain, String comment, String hook) {}
}
