package jflannel.kernel;

import java.util.Objects;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;

/// The properties of a device that puts IP packets into IP packets: IFLA_IPTUN_* attributes, linux/if_tunnel.h.
///
/// The time to live of a packet is copied to the one around it, and its DSCP is not, as with a device of Go flannel's.
/// Whether the outer packet may be fragmented is left to the inner one, for the same reason.
///
/// @param driver [#IPV4_IN_IPV4], [#IPV6_IN_IPV4] or [#IN_IPV6]
/// @param local address that packets are sent from, and received at; null for any
/// @param remote the only other end, or null if routes decide
/// @param lower index of the interface that packets leave by, or 0
/// @param hops time to live, or hop limit, of the outer packets; 0 to copy that of the inner ones
/// @param external the device takes source and destination of outer packets from the route that led to it
/// @param plain nothing comes between the two headers: no UDP (FOU, GUE), and no IPv6 option
public record IpTunnel(String driver, Ip local, Ip remote, int lower, int hops, boolean external, boolean plain)
        implements LinkKind {
    /// The kernel's name for IPv4 in IPv4 (RFC 2003).
    public static final String IPV4_IN_IPV4 = "ipip";
    /// The kernel's name for IPv6 in IPv4 (RFC 4213).
    public static final String IPV6_IN_IPV4 = "sit";
    /// The kernel's name for packets of either family in IPv6 (RFC 2473).
    public static final String IN_IPV6 = "ip6tnl";

    private static final int IFLA_IPTUN_LINK = 1;
    private static final int IFLA_IPTUN_LOCAL = 2;
    private static final int IFLA_IPTUN_REMOTE = 3;
    private static final int IFLA_IPTUN_TTL = 4;
    private static final int IFLA_IPTUN_TOS = 5;
    private static final int IFLA_IPTUN_ENCAP_LIMIT = 6;
    private static final int IFLA_IPTUN_FLAGS = 8;
    private static final int IFLA_IPTUN_PROTO = 9;
    private static final int IFLA_IPTUN_PMTUDISC = 10;
    private static final int IFLA_IPTUN_ENCAP_TYPE = 15;
    private static final int IFLA_IPTUN_COLLECT_METADATA = 19;
    private static final int IP6_TNL_F_IGN_ENCAP_LIMIT = 1; // linux/ip6_tunnel.h

    /// A device whose routes name the other ends by their gateways.
    ///
    /// @param inner family of the packets inside IPv4
    public static IpTunnel inIpv4(Family inner, Ip local) {
        String driver = inner == Family.IPV4 ? IPV4_IN_IPV4 : IPV6_IN_IPV4;
        return new IpTunnel(driver, local, null, 0, 0, false, true);
    }

    /// A device for packets of both families in IPv6, whose routes carry the other ends: IPv6 accepts no gateway on a
    /// device to which another one leads.
    public static IpTunnel inIpv6() {
        return new IpTunnel(IN_IPV6, null, null, 0, 0, true, true);
    }

    /// The host that a packet is sent to.
    ///
    /// @param gateway of its route, or null
    /// @return empty if the packet goes nowhere
    public Optional<Ip> end(Ip gateway) {
        if (remote != null || gateway == null) {
            return Optional.ofNullable(remote);
        }
        return Optional.of(
                driver.equals(IPV6_IN_IPV4) ? new Ip(Family.IPV4, 0, gateway.low() & 0xffff_ffffL) : gateway);
    }

    /// The IPv6 gateway that stands for an IPv4 host on a device of [#IPV6_IN_IPV4].
    public static Ip gatewayTo(Ip host) {
        return new Ip(Family.IPV6, 0, host.low());
    }

    @Override
    public boolean isSatisfiedBy(LinkKind there) {
        return equals(there);
    }

    /// Of the devices of one driver, two need different addresses, and one at most may be external.
    @Override
    public boolean excludes(LinkKind other) {
        return other instanceof IpTunnel there
                && there.driver.equals(driver)
                && (external ? there.external : !there.external && there.lower == lower && there.hasEndsOf(this));
    }

    private boolean hasEndsOf(IpTunnel other) {
        return Objects.equals(local, other.local) && Objects.equals(remote, other.remote);
    }

    /// A device of another kind was made by somebody else, for something else.
    @Override
    public boolean mayReplace(Link there) {
        return there.properties() instanceof IpTunnel;
    }

    @Override
    public String evasion() {
        return "The kernel takes one such device for an address. Remove it, or use another backend";
    }

    @Override
    public String words(DeviceNames names) {
        return driver
                + (external ? ", external" : ", local " + (local == null ? "any" : local))
                + (remote == null ? "" : ", remote " + remote)
                + (lower == 0 ? "" : ", on " + names.byIndex().getOrDefault(lower, "interface number " + lower))
                + (hops == 0 ? "" : ", TTL " + hops)
                + (plain ? "" : ", with more than an IP header around packets");
    }

    @Override
    public void encode(MessageWriter out) {
        if (external) {
            out.attribute(IFLA_IPTUN_COLLECT_METADATA, new byte[0]); // a flag: its presence is its value
        }
        if (local != null) {
            out.attribute(IFLA_IPTUN_LOCAL, local.bytes());
        }
        if (remote != null) {
            out.attribute(IFLA_IPTUN_REMOTE, remote.bytes());
        }
        if (lower != 0) {
            out.u32Attribute(IFLA_IPTUN_LINK, lower);
        }
        out.u8Attribute(IFLA_IPTUN_TTL, hops).u8Attribute(IFLA_IPTUN_PROTO, protocol());
        if (driver.equals(IN_IPV6)) {
            out.u32Attribute(IFLA_IPTUN_FLAGS, plain ? IP6_TNL_F_IGN_ENCAP_LIMIT : 0);
        } else {
            out.u8Attribute(IFLA_IPTUN_TOS, 0).u8Attribute(IFLA_IPTUN_PMTUDISC, 0);
        }
    }

    /// What the device takes; 0 for packets of both families.
    private int protocol() {
        return switch (driver) {
            case IPV4_IN_IPV4 -> Family.IPV4.protocol();
            case IPV6_IN_IPV4 -> Family.IPV6.protocol();
            default -> 0;
        };
    }

    static IpTunnel decode(String driver, MessageReader in) throws KernelException {
        Family outer = driver.equals(IN_IPV6) ? Family.IPV6 : Family.IPV4;
        Ip local = null;
        Ip remote = null;
        int lower = 0;
        int hops = 0;
        boolean external = false;
        boolean wrapped = false;
        boolean limited = false;
        boolean unlimited = false;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case IFLA_IPTUN_LINK -> lower = in.u32Attribute();
                case IFLA_IPTUN_LOCAL -> local = address(in, outer);
                case IFLA_IPTUN_REMOTE -> remote = address(in, outer);
                case IFLA_IPTUN_TTL -> hops = in.u8Attribute();
                case IFLA_IPTUN_ENCAP_LIMIT -> limited = true;
                case IFLA_IPTUN_FLAGS ->
                    unlimited = outer == Family.IPV6 && (in.u32Attribute() & IP6_TNL_F_IGN_ENCAP_LIMIT) != 0;
                case IFLA_IPTUN_ENCAP_TYPE -> wrapped = in.u16Attribute() != 0;
                case IFLA_IPTUN_COLLECT_METADATA -> external = true;
                default -> {} // what this program leaves to the kernel
            }
        }
        boolean plain = !wrapped && (outer == Family.IPV4 || external || unlimited || !limited);
        return new IpTunnel(driver, local, remote, lower, hops, external, plain);
    }

    /// Null for the address that stands for any.
    private static Ip address(MessageReader in, Family family) throws KernelException {
        Ip ip = in.ip(family);
        return ip == null || ip.equals(Ip.any(family)) ? null : ip;
    }
}
