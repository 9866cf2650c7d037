package jflannel.lease;

import java.util.List;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// Address blocks with a special meaning to the kernel or the protocols: IANA's registries of special-purpose
/// addresses, RFC 6890.
enum SpecialBlock {
    THIS_NETWORK("0.0.0.0/8", "this network", ForPods.NO, false),
    LOOPBACK("127.0.0.0/8", "loopback", ForPods.NO, false),
    LINK_LOCAL("169.254.0.0/16", "link-local", ForPods.NO, true),
    MULTICAST("224.0.0.0/4", "multicast", ForPods.NO, false),
    BROADCAST("255.255.255.255/32", "broadcast", ForPods.NO, false),
    // the kernel forwards these, and some clouds use them for pods
    RESERVED("240.0.0.0/4", "reserved", ForPods.DOUBTFUL, false),
    UNSPECIFIED_V6("::/96", "loopback and the unspecified address", ForPods.NO, false),
    MAPPED_V6("::ffff:0:0/96", "IPv4-mapped", ForPods.NO, false),
    // RFC 6052, RFC 8215: a translator answers for these; a host may well be behind one
    TRANSLATED_V6("64:ff9b::/96", "translated to IPv4", ForPods.NO, true),
    TRANSLATED_LOCALLY_V6("64:ff9b:1::/48", "translated to IPv4", ForPods.NO, true),
    DISCARDED_V6("100::/64", "discarded by routers", ForPods.NO, false), // RFC 6666
    TEREDO_V6("2001::/32", "Teredo", ForPods.DOUBTFUL, true),
    SIX_TO_FOUR_V6("2002::/16", "6to4", ForPods.DOUBTFUL, true),
    LINK_LOCAL_V6("fe80::/10", "link-local", ForPods.NO, true),
    MULTICAST_V6("ff00::/8", "multicast", ForPods.NO, false);

    private static final List<SpecialBlock> ALL = List.of(values());

    private final Cidr block;
    private final String meaning;
    private final ForPods forPods;
    private final boolean forHosts;

    /// Whether pods can have such addresses.
    private enum ForPods {
        NO,
        DOUBTFUL
    }

    SpecialBlock(String block, String meaning, ForPods forPods, boolean forHosts) {
        this.block = Cidr.parse(block);
        this.meaning = meaning;
        this.forPods = forPods;
        this.forHosts = forHosts;
    }

    /// The block because of which a network cannot be used for pods.
    static Optional<SpecialBlock> against(Cidr network) {
        return overlapping(network, ForPods.NO);
    }

    /// The block because of which others may not forward packets of pods in a network.
    static Optional<SpecialBlock> doubtful(Cidr network) {
        return overlapping(network, ForPods.DOUBTFUL);
    }

    private static Optional<SpecialBlock> overlapping(Cidr network, ForPods forPods) {
        return ALL.stream()
                .filter(each -> each.forPods == forPods && each.block.overlaps(network))
                .findFirst();
    }

    /// The block because of which an address cannot receive packets.
    static Optional<SpecialBlock> against(Ip host) {
        for (SpecialBlock each : ALL) { // asked of thousands of hosts
            if (!each.forHosts && each.block.contains(host)) {
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
