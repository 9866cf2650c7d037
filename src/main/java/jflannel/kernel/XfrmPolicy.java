package jflannel.kernel;

import java.util.Arrays;
import java.util.Locale;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;

/// An IPsec policy: packets from one network to another must travel encrypted between two hosts, in ESP's tunnel
/// mode. `struct xfrm_userpolicy_info`, `struct xfrm_user_tmpl` and XFRMA_* attributes, linux/xfrm.h; ip-xfrm(8).
///
/// Keys are none of its business: IKE negotiates them, and the kernel finds those that fit the two hosts and
/// `reqid`. While there are none, it drops the packets.
///
/// @param direction which packets it applies to
/// @param from the tunnel's end that encrypts
/// @param to the one that decrypts, of the same family
/// @param reqid the number of the keys that may be used
public record XfrmPolicy(Direction direction, Cidr source, Cidr destination, Ip from, Ip to, int reqid)
        implements KernelObject {
    /// The number of flannel's keys, as in Go flannel.
    public static final int OURS = 11;

    static final int NEW_POLICY = 0x13;
    static final int DELETE_POLICY = 0x14;
    static final int UPDATE_POLICY = 0x19;
    static final int FLUSH_POLICY = 0x1d;

    private static final int GET_POLICY = 0x15;
    private static final int XFRMA_TMPL = 5;
    private static final int XFRMA_POLICY = 7;
    private static final int XFRMA_POLICY_TYPE = 16;
    private static final int ALLOW = 0;
    private static final int ESP = 50; // IPPROTO_ESP
    private static final int TUNNEL = 1; // XFRM_MODE_TUNNEL
    private static final int ALL_ALGORITHMS = -1;
    private static final int SELECTOR_BYTES = 56;
    private static final int LIFETIMES_BYTES = 96; // struct xfrm_lifetime_cfg, struct xfrm_lifetime_cur
    private static final int POLICY_BYTES = 168;
    private static final int POLICY_ID_BYTES = 64;
    private static final int TEMPLATE_BYTES = 64;
    private static final int ADDRESS_BYTES = 16;

    /// XFRM_POLICY_*, in the order of their numbers.
    public enum Direction {
        /// Packets for this host itself.
        IN,
        /// Packets that leave it, its own and those that it forwards.
        OUT,
        /// Packets from elsewhere that it forwards.
        FWD
    }

    /// Of policies with equal keys the kernel has one.
    public record Key(Direction direction, Cidr source, Cidr destination) {}

    @Override
    public Object key() {
        return new Key(direction, source, destination);
    }

    /// Before the routes: what leaves by them must be encrypted.
    @Override
    public int rank() {
        return 1;
    }

    /// The network at the other end of the tunnel.
    public Cidr peer() {
        return direction == Direction.OUT ? destination : source;
    }

    Request put() {
        MessageWriter out = selector(new MessageWriter());
        for (int i = 0; i < 4; i++) {
            out.u32(-1).u32(-1); // XFRM_INF: as many bytes and packets as there may be
        }
        byte[] body = out.zeros(LIFETIMES_BYTES - 32)
                .u32(0) // priority, as Go flannel's
                .u32(0) // index: the kernel chooses one
                .u8(direction.ordinal())
                .u8(ALLOW)
                .zeros(6) // flags, sharing, padding
                .attribute(XFRMA_TMPL, template())
                .bytes();
        return new Request(UPDATE_POLICY, 0, body, "put", this);
    }

    Request deletion() {
        byte[] body = selector(new MessageWriter())
                .u32(0)
                .u8(direction.ordinal())
                .zeros(3)
                .bytes();
        return new Request(DELETE_POLICY, 0, body, "delete", this);
    }

    static Request list() {
        return new Request(GET_POLICY, 0, new byte[POLICY_ID_BYTES], "read", "IPsec policies");
    }

    private MessageWriter selector(MessageWriter out) {
        address(destination.address(), out);
        return address(source.address(), out)
                .zeros(8) // ports: any
                .u16(destination.family().af())
                .u8(destination.length())
                .u8(source.length())
                .zeros(12); // protocol, interface, user: any
    }

    static MessageWriter address(Ip ip, MessageWriter out) {
        return out.raw(ip.bytes()).zeros(ADDRESS_BYTES - ip.bytes().length);
    }

    private byte[] template() {
        MessageWriter out = new MessageWriter();
        address(to, out)
                .zeros(4) // the SPI: any
                .u8(ESP)
                .zeros(3)
                .u16(to.family().af())
                .zeros(2);
        return address(from, out)
                .u32(reqid)
                .u8(TUNNEL)
                .zeros(3) // sharing, optional, padding
                .u32(ALL_ALGORITHMS)
                .u32(ALL_ALGORITHMS)
                .u32(ALL_ALGORITHMS)
                .bytes();
    }

    /// @return null for policies of another shape than ours
    static XfrmPolicy decode(MessageReader in) throws KernelException {
        Selector selector = Selector.decode(in.part(SELECTOR_BYTES));
        in.skip(LIFETIMES_BYTES + 8); // priority, index
        int direction = in.u8();
        boolean plain = in.u8() == ALLOW;
        in.skip(6);
        Template template = null;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case XFRMA_TMPL -> template = Template.decode(in.nested());
                case XFRMA_POLICY_TYPE -> plain &= in.nested().u8() == 0; // XFRM_POLICY_TYPE_MAIN
                default -> plain = false; // it depends on more: a mark, an interface
            }
        }
        return plain && selector != null && template != null && direction < Direction.values().length
                ? new XfrmPolicy(
                        Direction.values()[direction],
                        selector.source,
                        selector.destination,
                        template.from,
                        template.to,
                        template.reqid)
                : null;
    }

    /// What a notification says of a deleted policy: its id, and the policy in an attribute.
    ///
    /// @return null for policies of another shape than ours
    static XfrmPolicy decodeDeleted(MessageReader in) throws KernelException {
        in.skip(POLICY_ID_BYTES);
        byte[] info = null;
        byte[] template = null;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case XFRMA_POLICY -> info = in.bytesAttribute();
                case XFRMA_TMPL -> template = in.bytesAttribute();
                default -> {}
            }
        }
        if (info == null || template == null || info.length != POLICY_BYTES) {
            return null;
        }
        byte[] whole =
                new MessageWriter().raw(info).attribute(XFRMA_TMPL, template).bytes();
        return decode(new MessageReader("a deleted IPsec policy", whole));
    }

    /// `struct xfrm_selector`, as far as it is about networks.
    private record Selector(Cidr source, Cidr destination) {
        /// @return null if it names ports, a protocol, an interface or a user, or networks of no known family
        static Selector decode(MessageReader in) throws KernelException {
            byte[] to = in.raw(ADDRESS_BYTES);
            byte[] from = in.raw(ADDRESS_BYTES);
            boolean plain = isZero(in.raw(8));
            Family family = Family.ofAf(in.u16());
            int toLength = in.u8();
            int fromLength = in.u8();
            plain &= isZero(in.raw(12));
            if (!plain || family == null || Math.max(toLength, fromLength) > family.bits()) {
                return null;
            }
            return new Selector(new Cidr(ip(from, family), fromLength), new Cidr(ip(to, family), toLength));
        }
    }

    /// `struct xfrm_user_tmpl`, of which a policy of ours has one.
    private record Template(Ip from, Ip to, int reqid) {
        /// @return null unless it is a single one, for ESP in tunnel mode
        static Template decode(MessageReader in) throws KernelException {
            if (in.remaining() != TEMPLATE_BYTES) {
                return null;
            }
            byte[] to = in.raw(ADDRESS_BYTES);
            boolean plain = in.u32() == 0;
            plain &= in.u8() == ESP;
            Family family = Family.ofAf(in.skip(3).u16());
            byte[] from = in.skip(2).raw(ADDRESS_BYTES);
            int reqid = in.u32();
            plain &= in.u8() == TUNNEL;
            in.skip(1);
            plain &= in.u8() == 0; // optional: packets may pass without it
            return plain && family != null ? new Template(ip(from, family), ip(to, family), reqid) : null;
        }
    }

    static Ip ip(byte[] bytes, Family family) {
        return Ip.of(Arrays.copyOf(bytes, family.bytes()));
    }

    private static boolean isZero(byte[] bytes) {
        return Arrays.equals(bytes, new byte[bytes.length]);
    }

    @Override
    public String toString() {
        return "IPsec policy %s %s to %s by %s to %s"
                .formatted(direction.name().toLowerCase(Locale.ROOT), source, destination, from, to);
    }
}
