package jflannel.lease;

import java.util.List;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// Address blocks with a special meaning to the kernel or the protocols: IANA's registries of special-purpose
/// addresses, RFC 6890.
enum SpecialBlock {
    THIS_NETWORK("0.0.0.0/8", "this network", true, true),
    LOOPBACK("127.0.0.0/8", "loopback", true, true),
    LINK_LOCAL("169.254.0.0/16", "link-local", true, false),
    MULTICAST("224.0.0.0/4", "multicast", true, true),
    BROADCAST("255.255.255.255/32", "broadcast", true, true),
    // the kernel forwards these, and some clouds use them for pods
    RESERVED("240.0.0.0/4", "reserved", false, true),
    UNSPECIFIED_V6("::/96", "loopback and the unspecified address", true, true),
    MAPPED_V6("::ffff:0:0/96", "IPv4-mapped", true, true),
    LINK_LOCAL_V6("fe80::/10", "link-local", true, false),
    MULTICAST_V6("ff00::/8", "multicast", true, true);

    private static final List<SpecialBlock> ALL = List.of(values());

    private final Cidr block;
    private final String meaning;
    private final boolean notForPods;
    private final boolean notForHosts;

    SpecialBlock(String block, String meaning, boolean notForPods, boolean notForHosts) {
        this.block = Cidr.parse(block);
        this.meaning = meaning;
        this.notForPods = notForPods;
        this.notForHosts = notForHosts;
    }

    /// The block because of which a network cannot be used for pods.
    static Optional<SpecialBlock> against(Cidr network) {
        return ALL.stream()
                .filter(each -> each.notForPods && each.block.overlaps(network))
                .findFirst();
    }

    /// The block because of which an address cannot receive packets.
    static Optional<SpecialBlock> against(Ip host) {
        for (SpecialBlock each : ALL) { // asked of thousands of hosts
            if (each.notForHosts && each.block.contains(host)) {
                return Optional.of(each);
            }
        }
        return Optional.empty();
    }

    /// For messages: `127.0.0.0/8 (loopback)`.
    @Override
    public String toString() {
        return block + " (" + meaning + ")";
    }
}
