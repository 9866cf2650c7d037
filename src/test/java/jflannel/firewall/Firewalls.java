package jflannel.firewall;

import static jflannel.testing.Sh.sh;

import java.io.IOException;
import java.util.Locale;
import java.util.function.Supplier;

/// The firewalls that every test of behaviour is run against.
enum Firewalls {
    IPTABLES_LEGACY(() -> Firewall.iptables("-legacy")) {
        @Override
        String rules() throws IOException {
            return saved("iptables-legacy") + saved("ip6tables-legacy");
        }
    },
    IPTABLES_NFT(() -> Firewall.iptables("-nft")) {
        @Override
        String rules() throws IOException {
            return saved("iptables-nft") + saved("ip6tables-nft");
        }
    },
    NFTABLES(Firewall::nftables) {
        @Override
        String rules() throws IOException {
            return sh("nft list table ip flannel-ipv4 || true; nft list table ip6 flannel-ipv6 || true");
        }
    };

    private final Supplier<Firewall> maker;

    Firewalls(Supplier<Firewall> maker) {
        this.maker = maker;
    }

    /// As after a start of the daemon: it remembers nothing.
    Firewall started() {
        return maker.get();
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
