package jflannel.nftables;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Rtnetlink;

/// The expressions of one rule, which the kernel executes in order until one does not match. They pass values on in
/// registers of four bytes, counted from 0; a longer value takes several.
public final class NftExpressions {
    /// Bits of the connection tracker's state of a packet.
    public static final int CT_ESTABLISHED = 2;

    public static final int CT_RELATED = 4;

    private static final int NFT_REG32_00 = 8;
    private static final int NFTA_LIST_ELEM = 1;
    private static final int NFTA_EXPR_NAME = 1;
    private static final int NFTA_EXPR_DATA = 2;
    private static final int NFTA_DATA_VALUE = 1;

    /// Where a header begins.
    public enum Header {
        LINK,
        NETWORK,
        TRANSPORT
    }

    /// What is known of a packet beside its bytes.
    public enum Meta {
        PROTOCOL(1),
        IN_NAME(6),
        OUT_NAME(7),
        NFPROTO(15),
        L4PROTO(16),
        PACKET_TYPE(19);

        private final int key;

        Meta(int key) {
            this.key = key;
        }
    }

    private final List<Consumer<MessageWriter>> expressions = new ArrayList<>();

    /// Loads bytes of the packet. The rule does not match a packet without them.
    public NftExpressions load(Header header, int offset, int length, int register) {
        return add(
                "payload",
                data -> data.networkAttribute(1, register(register))
                        .networkAttribute(2, header.ordinal())
                        .networkAttribute(3, offset)
                        .networkAttribute(4, length));
    }

    /// Writes bytes of the packet, without mending checksums.
    public NftExpressions store(Header header, int offset, int length, int register) {
        return add(
                "payload",
                data -> data.networkAttribute(2, header.ordinal())
                        .networkAttribute(3, offset)
                        .networkAttribute(4, length)
                        .networkAttribute(5, register(register)));
    }

    public NftExpressions load(Meta meta, int register) {
        return add("meta", data -> data.networkAttribute(1, register(register)).networkAttribute(2, meta.key));
    }

    public NftExpressions store(Meta meta, int register) {
        return add("meta", data -> data.networkAttribute(2, meta.key).networkAttribute(3, register(register)));
    }

    /// Loads bits such as [#CT_ESTABLISHED].
    public NftExpressions loadConnectionState(int register) {
        return add("ct", data -> data.networkAttribute(1, register(register)).networkAttribute(2, 0));
    }

    public NftExpressions mask(int register, byte[] mask) {
        return add(
                "bitwise",
                data -> data.networkAttribute(1, register(register))
                        .networkAttribute(2, register(register))
                        .networkAttribute(3, mask.length)
                        .nested(4 | Rtnetlink.NLA_F_NESTED, value(mask))
                        .nested(5 | Rtnetlink.NLA_F_NESTED, value(new byte[mask.length])));
    }

    public NftExpressions equal(int register, byte[] bytes) {
        return compare(register, 0, bytes);
    }

    public NftExpressions differs(int register, byte[] bytes) {
        return compare(register, 1, bytes);
    }

    public NftExpressions atMost(int register, byte[] bytes) {
        return compare(register, 3, bytes);
    }

    public NftExpressions atLeast(int register, byte[] bytes) {
        return compare(register, 5, bytes);
    }

    private NftExpressions compare(int register, int operator, byte[] bytes) {
        return add(
                "cmp",
                data -> data.networkAttribute(1, register(register))
                        .networkAttribute(2, operator)
                        .nested(3 | Rtnetlink.NLA_F_NESTED, value(bytes)));
    }

    /// Loads a constant.
    public NftExpressions constant(int register, byte[] bytes) {
        return add(
                "immediate",
                data -> data.networkAttribute(1, register(register)).nested(2 | Rtnetlink.NLA_F_NESTED, value(bytes)));
    }

    /// Matches if the set has the key that begins in a register.
    public NftExpressions isIn(String set, int register) {
        return add("lookup", data -> data.text(1, set).networkAttribute(2, register(register)));
    }

    /// Adds the key to a set whose elements expire, or renews and counts it. Does not match if the set is full.
    public NftExpressions remember(String set, int register) {
        return add(
                "dynset",
                data -> data.text(1, set)
                        .networkAttribute(3, 1) // update
                        .networkAttribute(4, register(register))
                        .nested(
                                7 | Rtnetlink.NLA_F_NESTED,
                                counter -> counter.text(NFTA_EXPR_NAME, "counter")
                                        .nested(NFTA_EXPR_DATA | Rtnetlink.NLA_F_NESTED, _ -> {})));
    }

    public NftExpressions isNotIn(String set, int register) {
        return add(
                "lookup",
                data -> data.text(1, set)
                        .networkAttribute(2, register(register))
                        .networkAttribute(5, 1));
    }

    public NftExpressions verdict(NftVerdict verdict) {
        return add("immediate", data -> verdict.write(data.networkAttribute(1, 0), 2));
    }

    /// Does what the map says for the key that begins in a register; does not match without.
    public NftExpressions verdictOf(String map, int register) {
        return add(
                "lookup",
                data -> data.text(1, map)
                        .networkAttribute(2, register(register))
                        .networkAttribute(3, 0));
    }

    void write(MessageWriter list) {
        expressions.forEach(expression -> list.nested(NFTA_LIST_ELEM | Rtnetlink.NLA_F_NESTED, expression));
    }

    private NftExpressions add(String name, Consumer<MessageWriter> data) {
        expressions.add(
                element -> element.text(NFTA_EXPR_NAME, name).nested(NFTA_EXPR_DATA | Rtnetlink.NLA_F_NESTED, data));
        return this;
    }

    private static Consumer<MessageWriter> value(byte[] bytes) {
        return data -> data.attribute(NFTA_DATA_VALUE, bytes);
    }

    private static int register(int number) {
        return NFT_REG32_00 + number;
    }
}
