package jflannel.kernel;

import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// A rule that has packets to a network looked up in a table: `ip rule add to 10.5.0.0/16 lookup 100 priority 5000`.
/// `struct fib_rule_hdr` and FRA_* attributes, linux/fib_rules.h.
///
/// @param destination of the packets
/// @param table the number of the table, unsigned
/// @param priority rules with lower ones are asked first; unsigned
/// @param protocol who made the rule (RTPROT_*): [Route#OURS] or another
public record RoutingRule(Cidr destination, int table, int priority, int protocol) implements KernelObject {
    private static final int LOOK_UP = 1; // FR_ACT_TO_TBL
    private static final int INVERT = 2; // FIB_RULE_INVERT
    private static final int NONE = -1; // of FRA_SUPPRESS_PREFIXLEN, which the kernel names in any case
    private static final int FRA_DST = 1;
    private static final int FRA_PRIORITY = 6;
    private static final int FRA_SUPPRESS_PREFIXLEN = 14;
    private static final int FRA_TABLE = 15;
    private static final int FRA_PAD = 18;
    private static final int FRA_PROTOCOL = 21;

    /// A rule of ours.
    public static RoutingRule to(Cidr destination, int table, int priority) {
        return new RoutingRule(destination, table, priority, Route.OURS);
    }

    @Override
    public Object key() {
        return new Key(destination, table, priority);
    }

    /// The kernel refuses a second rule with the same key.
    private record Key(Cidr destination, int table, int priority) {}

    /// Behind the routes that it leads to.
    @Override
    public int rank() {
        return 5;
    }

    byte[] encode() {
        return new MessageWriter()
                .u8(destination.family().af())
                .u8(destination.length())
                .zeros(5) // source length, type of service, table: its attribute has room for all, reserved
                .u8(LOOK_UP)
                .u32(0)
                .attribute(FRA_DST, destination.address().bytes())
                .u32Attribute(FRA_PRIORITY, priority)
                .u32Attribute(FRA_TABLE, table)
                .u8Attribute(FRA_PROTOCOL, protocol)
                .bytes();
    }

    static Request list(Family family) {
        byte[] body = new MessageWriter().u8(family.af()).zeros(11).bytes();
        return new Request(Rtnetlink.RTM_GETRULE, 0, body, "read", "rules of " + family);
    }

    /// @return null for a rule that depends on more than the destination, or does not lead to a table
    static RoutingRule decode(MessageReader in) throws KernelException {
        Family family = Family.ofAf(in.u8());
        int length = in.u8();
        boolean plain = in.u16() == 0; // source length, type of service
        in.skip(3);
        plain &= in.u8() == LOOK_UP;
        plain &= (in.u32() & INVERT) == 0;
        if (family == null) {
            return null;
        }
        Ip network = null;
        int table = 0;
        int priority = 0;
        int protocol = 0;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case FRA_DST -> network = in.ip(family);
                case FRA_PRIORITY -> priority = in.u32Attribute();
                case FRA_TABLE -> table = in.u32Attribute();
                case FRA_PROTOCOL -> protocol = in.u8Attribute();
                case FRA_SUPPRESS_PREFIXLEN -> plain &= in.u32Attribute() == NONE;
                case FRA_PAD -> {}
                default -> plain = false;
            }
        }
        if (network != null && length > family.bits()) {
            throw in.malformed("a prefix of " + length + " bits");
        }
        return plain && network != null ? new RoutingRule(new Cidr(network, length), table, priority, protocol) : null;
    }

    @Override
    public String toString() {
        return "rule to %s lookup %s priority %s"
                .formatted(destination, Integer.toUnsignedString(table), Integer.toUnsignedString(priority));
    }
}
