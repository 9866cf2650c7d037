package jflannel.firewall;

import static jflannel.testing.Sh.sh;

import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import jflannel.names.Names;

/// The firewalls that every test of behaviour is run against.
enum Firewalls {
    IPTABLES_LEGACY((names, former) -> iptables("-legacy", names, former)) {
        @Override
        String rules() throws IOException {
            return saved("iptables-legacy") + saved("ip6tables-legacy");
        }
    },
    IPTABLES_NFT((names, former) -> iptables("-nft", names, former)) {
        @Override
        String rules() throws IOException {
            return saved("iptables-nft") + saved("ip6tables-nft");
        }
    },
    NFTABLES(Firewall::new) {
        @Override
        String rules() throws IOException {
            return sh("nft list table ip flannel-ipv4 || true; nft list table ip6 flannel-ipv6 || true");
        }
    };

    private final BiFunction<Names, Optional<Names>, Firewall> maker;

    Firewalls(BiFunction<Names, Optional<Names>, Firewall> maker) {
        this.maker = maker;
    }

    /// As after a start of the daemon: it remembers nothing.
    Started started() {
        return started(Names.DEFAULT, Optional.empty());
    }

    Started started(Names names, Optional<Names> former) {
        return new Started(maker.apply(names, former), this == NFTABLES);
    }

    /// As the node's choice of iptables would be.
    static Firewall iptables(String variant) {
        return iptables(variant, Names.DEFAULT, Optional.empty());
    }

    static Firewall iptables(String variant, Names names, Optional<Names> former) {
        return new Firewall(
                new Firewall.Tools(RuleTools.iptables(names, variant), RuleTools.allBut(variant, names, former)),
                new Firewall.Tools(RuleTools.nft(names), List.of()));
    }

    /// A firewall that is asked for rules of its own kind, whatever the config says.
    record Started(Firewall firewall, boolean nftables) {
        boolean converge(FirewallConfig wanted) throws IOException {
            return firewall.converge(nftables ? Configs.nftables(wanted) : wanted);
        }
    }

    /// The rules of the tables that ours are in, without what changes from call to call.
    abstract String rules() throws IOException;

    /// True if anything of flannel is in this firewall.
    boolean used() throws IOException {
        return rules().toLowerCase(Locale.ROOT).contains("flannel");
    }

    private static String saved(String iptables) throws IOException {
        return sh(iptables + "-save | grep -v '^#' || true") + "\n";
    }
}
