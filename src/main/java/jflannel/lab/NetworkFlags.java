package jflannel.lab;

import java.util.EnumSet;
import java.util.Set;
import jflannel.ip.Family;
import picocli.CommandLine.Option;

/// Flags of commands that make clusters: which addresses they have, and which kind of firewall.
public final class NetworkFlags {
    @Option(names = "--dual", description = "Use IPv4 and IPv6, for pods and nodes")
    private boolean dual;

    @Option(names = "--nft", description = "Use nftables instead of iptables for firewall rules")
    private boolean nft;

    public boolean isDual() {
        return dual;
    }

    public Set<Family> families() {
        return dual ? EnumSet.allOf(Family.class) : EnumSet.of(Family.IPV4);
    }

    public boolean nftables() {
        return nft;
    }
}
