package jflannel.lab;

import java.util.EnumSet;
import java.util.Set;
import jflannel.ip.Family;
import picocli.CommandLine.Option;

/// Flags of commands that make clusters: which addresses they have, and which kind of firewall.
public final class NetworkFlags {
    @Option(names = "--dual", description = "Pods and nodes have addresses of both families")
    private boolean dual;

    @Option(names = "--nft", description = "Firewall rules are made by nftables instead of iptables")
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
