package jflannel.kernel;

import java.util.ArrayList;
import java.util.List;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.Request;

/// A rule that decides in which table a packet's route is looked up, made by anyone: `struct fib_rule_hdr` and FRA_*
/// attributes, linux/fib_rules.h, ip-rule(8). What this program makes itself is a [RoutingRule].
///
/// @param priority rules with lower ones are asked first; unsigned
/// @param source of the packets; the whole family if any
/// @param destination likewise
/// @param in name of the device that they arrive by, or ""; `lo` for those that this node sends itself
/// @param out name of the device that their sender is bound to, or ""
/// @param mark what the bits of `mask` in their firewall mark must be
/// @param protocol number of their IP protocol, or 0
/// @param action FR_ACT_* number
/// @param table to look in, unsigned
/// @param suppressed routes with prefixes of that length or shorter do not count; -1 for none
/// @param inverted it is for all packets that do not match
/// @param others further conditions, by name
public record PolicyRule(
        int priority,
        Cidr source,
        Cidr destination,
        String in,
        String out,
        int mark,
        int mask,
        int protocol,
        int action,
        int table,
        int suppressed,
        boolean inverted,
        List<String> others) {
    private static final int TO_TABLE = 1; // FR_ACT_TO_TBL
    private static final int GOTO = 2;
    private static final int NOP = 3;
    private static final int BLACKHOLE = 6;
    private static final int PROHIBIT = 8;
    private static final int INVERT = 2; // FIB_RULE_INVERT
    private static final int FRA_DST = 1;
    private static final int FRA_SRC = 2;
    private static final int FRA_IIFNAME = 3;
    private static final int FRA_PRIORITY = 6;
    private static final int FRA_FWMARK = 10;
    private static final int FRA_SUPPRESS_PREFIXLEN = 14;
    private static final int FRA_TABLE = 15;
    private static final int FRA_FWMASK = 16;
    private static final int FRA_OIFNAME = 17;
    private static final int FRA_L3MDEV = 19;
    private static final int FRA_UID_RANGE = 20;
    private static final int FRA_IP_PROTO = 22;
    private static final int FRA_SPORT_RANGE = 23;
    private static final int FRA_DPORT_RANGE = 24;

    public PolicyRule {
        others = List.copyOf(others);
    }

    static Request list(Family family) {
        return RoutingRule.list(family);
    }

    static PolicyRule decode(MessageReader in) throws KernelException {
        Family family = Family.ofAf(in.u8());
        int toLength = in.u8();
        int fromLength = in.u8();
        int tos = in.u8();
        int table = in.u8();
        in.skip(2);
        int action = in.u8();
        int flags = in.u32();
        if (family == null) {
            return null;
        }
        Ip from = Ip.any(family);
        Ip to = Ip.any(family);
        String arrival = "";
        String departure = "";
        int priority = 0;
        int mark = 0;
        int mask = 0;
        int protocol = 0;
        int suppressed = -1;
        List<String> others = new ArrayList<>(tos == 0 ? List.of() : List.of("tos"));
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case FRA_DST -> to = in.ip(family);
                case FRA_SRC -> from = in.ip(family);
                case FRA_IIFNAME -> arrival = in.text();
                case FRA_OIFNAME -> departure = in.text();
                case FRA_PRIORITY -> priority = in.u32Attribute();
                case FRA_FWMARK -> mark = in.u32Attribute();
                case FRA_FWMASK -> mask = in.u32Attribute();
                case FRA_TABLE -> table = in.u32Attribute();
                case FRA_IP_PROTO -> protocol = in.u8Attribute();
                case FRA_SUPPRESS_PREFIXLEN -> suppressed = in.u32Attribute();
                case FRA_L3MDEV -> others.add("l3mdev");
                case FRA_UID_RANGE -> others.add("uidrange");
                case FRA_SPORT_RANGE -> others.add("sport");
                case FRA_DPORT_RANGE -> others.add("dport");
                default -> {} // who made it, and what newer kernels send
            }
        }
        if (Math.max(toLength, fromLength) > family.bits()) {
            throw in.malformed("a prefix of " + Math.max(toLength, fromLength) + " bits");
        }
        return new PolicyRule(
                priority,
                new Cidr(from, fromLength),
                new Cidr(to, toLength),
                arrival,
                departure,
                mark,
                mask,
                protocol,
                action,
                table,
                suppressed,
                (flags & INVERT) != 0,
                others);
    }

    /// True if it has packets looked up in a table.
    public boolean leadsToTable() {
        return action == TO_TABLE;
    }

    /// True if packets end at it.
    public boolean refuses() {
        return action >= BLACKHOLE && action <= PROHIBIT;
    }

    /// True if it certainly is not for such a packet.
    ///
    /// @param arrival name of the device that it arrives by; `lo` for one that this node sends itself
    public boolean excludes(Ip from, Ip to, String arrival, int firewallMark, int ipProtocol) {
        boolean matches = source.family() == to.family()
                && (source.length() == 0 || from != null && source.contains(from))
                && destination.contains(to)
                && (in.isEmpty() || in.equals(arrival))
                && out.isEmpty()
                && (firewallMark & mask) == mark
                && (protocol == 0 || protocol == ipProtocol);
        return others.isEmpty() ? matches == inverted : !inverted && !matches;
    }

    /// As ip(8) prints it: `5000: from all to 10.5.0.0/16 lookup 100`.
    @Override
    public String toString() {
        return Integer.toUnsignedString(priority) + ":" + (inverted ? " not" : "")
                + " from " + (source.length() == 0 ? "all" : source)
                + (destination.length() == 0 ? "" : " to " + destination)
                + (mask == 0 ? "" : " fwmark 0x" + Integer.toHexString(mark) + masked())
                + (in.isEmpty() ? "" : " iif " + in)
                + (out.isEmpty() ? "" : " oif " + out)
                + (protocol == 0 ? "" : " ipproto " + protocol)
                + (others.isEmpty() ? "" : " " + String.join(" ", others))
                + does();
    }

    private String masked() {
        return mask == -1 ? "" : "/0x" + Integer.toHexString(mask);
    }

    private String does() {
        return switch (action) {
            case TO_TABLE ->
                " lookup " + tableName(table) + (suppressed < 0 ? "" : " suppress_prefixlength " + suppressed);
            case GOTO -> " goto";
            case NOP -> " nop";
            case BLACKHOLE -> " blackhole";
            case 7 -> " unreachable";
            case PROHIBIT -> " prohibit";
            default -> " action " + action;
        };
    }

    /// As ip(8) calls a table.
    public static String tableName(int table) {
        return switch (table) {
            case FibRoute.MAIN -> "main";
            case FibRoute.LOCAL -> "local";
            case 253 -> "default";
            default -> Integer.toUnsignedString(table);
        };
    }
}
