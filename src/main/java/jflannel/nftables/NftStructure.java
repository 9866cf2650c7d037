package jflannel.nftables;

import static jflannel.netlink.Nftables.NFGENMSG;
import static jflannel.netlink.Nftables.NFNL_SUBSYS_NFTABLES;
import static jflannel.netlink.Nftables.NFT_MSG_GETCHAIN;
import static jflannel.netlink.Nftables.NFT_MSG_GETRULE;
import static jflannel.netlink.Nftables.NFT_MSG_GETSET;
import static jflannel.netlink.Nftables.NFT_MSG_GETTABLE;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;

/// Chains, rules and sets of a table, without the elements of the sets: enough to notice that somebody changed them.
///
/// @param parts each as text without meaning
public record NftStructure(List<String> parts) {

    /// The attributes of each kind of object that only change if somebody changes it, beside the table's name.
    private enum Kind {
        TABLE(NFT_MSG_GETTABLE, 2),
        CHAIN(NFT_MSG_GETCHAIN, 3, 4, 5, 7),
        RULE(NFT_MSG_GETRULE, 2, 4),
        SET(NFT_MSG_GETSET, 2, 3, 5, 6, 11);

        private final int request;
        private final List<Integer> attributes;

        Kind(int request, Integer... attributes) {
            this.request = request;
            this.attributes = List.of(attributes);
        }
    }

    /// Reads a table; one that is not there has no parts.
    public static NftStructure of(NetlinkSocket socket, NftTransaction.Family family, String table)
            throws KernelException {
        List<String> parts = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            List<String> some = new ArrayList<>(read(socket, family, table, kind));
            if (kind != Kind.RULE) { // of rules, the order matters
                some.sort(null);
            }
            parts.addAll(some);
        }
        return new NftStructure(parts);
    }

    /// The names of all tables of a family; none if the kernel has no nftables.
    public static List<String> tables(NetlinkSocket socket, NftTransaction.Family family) throws KernelException {
        byte[] body =
                new MessageWriter().u8(family.number()).zeros(NFGENMSG - 1).bytes();
        int type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE;
        return socket.dump(new Request(type, 0, body, "read", "nftables tables"), in -> {
            in.skip(NFGENMSG);
            while (in.nextAttribute()) {
                if (in.attributeType() == 1) {
                    return in.text();
                }
            }
            return null;
        });
    }

    private static List<String> read(NetlinkSocket socket, NftTransaction.Family family, String table, Kind kind)
            throws KernelException {
        MessageWriter body = new MessageWriter().u8(family.number()).zeros(NFGENMSG - 1);
        if (kind == Kind.RULE || kind == Kind.SET) { // of the others, all are read
            body.text(1, table);
        }
        int type = NFNL_SUBSYS_NFTABLES << 8 | kind.request;
        try {
            return socket.dump(
                    new Request(type, 0, body.bytes(), "read", "the nftables table " + table),
                    in -> part(in, table, kind));
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT)) {
                return List.of();
            }
            throw e;
        }
    }

    private static String part(MessageReader in, String table, Kind kind) throws KernelException {
        StringBuilder part = new StringBuilder(kind.name());
        in.skip(NFGENMSG);
        while (in.nextAttribute()) {
            int type = in.attributeType();
            if (type == 1 && !in.text().equals(table)) {
                return null;
            }
            if (kind.attributes.contains(type)) {
                part.append(' ').append(type).append('=').append(digest(in.bytesAttribute()));
            }
        }
        return part.toString();
    }

    /// Counters within rules would change; the rules of this program have none.
    private static String digest(byte[] bytes) {
        return bytes.length <= 16 ? HexFormat.of().formatHex(bytes) : bytes.length + ":" + Arrays.hashCode(bytes);
    }
}
