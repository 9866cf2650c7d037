package jflannel.nftables;

import java.time.Duration;
import java.util.List;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Rtnetlink;

/// What a set is made like.
///
/// @param fields of the key, each of which takes whole registers
/// @param map it has a verdict for each key
/// @param ranges its keys are ranges
/// @param counts it counts how often each element is found
/// @param expiry the kernel adds elements, which expire after that time; zero if it does not
/// @param most how many elements it may have; 0 for no limit
public record NftSetForm(
        String name, List<Field> fields, boolean map, boolean ranges, boolean counts, Duration expiry, int most) {
    private static final int NFT_SET_INTERVAL = 0x4;
    private static final int NFT_SET_MAP = 0x8;
    private static final int NFT_SET_TIMEOUT = 0x10;
    private static final int NFT_SET_EVAL = 0x20;
    private static final int NFT_SET_CONCAT = 0x80;
    /// What the kernel and nft(8) take for the type of verdicts.
    private static final int TYPE_VERDICT = 0xffffff00;

    private static final int TYPE_BITS = 6;

    /// A part of a key.
    ///
    /// @param type nft(8)'s own number of the type, for its listings; the kernel takes no interest
    /// @param length in bytes
    public record Field(int type, int length) {
        int padded() {
            return Rtnetlink.aligned(length);
        }
    }

    void write(MessageWriter message, int id) {
        int type = 0;
        int length = 0;
        for (Field field : fields) {
            type = type << TYPE_BITS | field.type();
            length += fields.size() == 1 ? field.length() : field.padded();
        }
        message.text(2, name)
                .networkAttribute(3, flags())
                .networkAttribute(4, type)
                .networkAttribute(5, length);
        if (map) {
            message.networkAttribute(6, TYPE_VERDICT);
        }
        if (most > 0 || fields.size() > 1) {
            message.nested(9 | Rtnetlink.NLA_F_NESTED, this::description);
        }
        message.networkAttribute(10, id);
        if (!expiry.isZero()) {
            message.networkAttribute(11, expiry.toMillis());
        }
        if (counts) {
            message.nested(
                    17 | Rtnetlink.NLA_F_NESTED,
                    counter -> counter.text(1, "counter").nested(2 | Rtnetlink.NLA_F_NESTED, _ -> {}));
        }
    }

    private int flags() {
        return (map ? NFT_SET_MAP : 0)
                | (ranges ? NFT_SET_INTERVAL : 0)
                | (fields.size() > 1 ? NFT_SET_CONCAT : 0)
                | (expiry.isZero() ? 0 : NFT_SET_TIMEOUT | NFT_SET_EVAL);
    }

    private void description(MessageWriter description) {
        if (most > 0) {
            description.networkAttribute(1, most);
        }
        if (fields.size() > 1) {
            description.nested(
                    2 | Rtnetlink.NLA_F_NESTED,
                    list -> fields.forEach(field ->
                            list.nested(1 | Rtnetlink.NLA_F_NESTED, item -> item.networkAttribute(1, field.length()))));
        }
    }
}
