package jflannel.nftables;

import java.util.HexFormat;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Rtnetlink;

/// An element of a set on the wire.
///
/// @param end the last key of a range; empty for a single key
/// @param verdict what a map has for the key; [NftVerdict#NONE] in a set
public record NftElement(byte[] key, byte[] end, NftVerdict verdict) {
    private static final int NFTA_LIST_ELEM = 1;
    private static final int NFTA_DATA_VALUE = 1;

    /// @param whole with the verdict; the kernel needs it to add an element, not to remove one
    void write(MessageWriter list, boolean whole) {
        list.nested(NFTA_LIST_ELEM | Rtnetlink.NLA_F_NESTED, element -> {
            data(element, 1, key);
            if (end.length > 0) {
                data(element, 10, end);
            }
            if (whole && !verdict.equals(NftVerdict.NONE)) {
                verdict.write(element, 2);
            }
        });
    }

    @Override
    public String toString() {
        HexFormat hex = HexFormat.of();
        return hex.formatHex(key) + " " + hex.formatHex(end) + " " + verdict;
    }

    private static void data(MessageWriter element, int type, byte[] bytes) {
        element.nested(type | Rtnetlink.NLA_F_NESTED, data -> data.attribute(NFTA_DATA_VALUE, bytes));
    }
}
