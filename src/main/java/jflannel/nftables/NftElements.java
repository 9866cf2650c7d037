package jflannel.nftables;

import static jflannel.netlink.Nftables.NFGENMSG;
import static jflannel.netlink.Nftables.NFNL_SUBSYS_NFTABLES;
import static jflannel.netlink.Nftables.NFT_MSG_GETSETELEM;

import java.util.ArrayList;
import java.util.List;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;

/// Reads the elements of a set.
public final class NftElements {

    private NftElements() {}

    /// An element as the kernel has it.
    ///
    /// @param packets how often it was found; 0 in a set that does not count
    public record Counted(NftElement element, long packets) {}

    /// All elements of a set; none if there is no such set.
    public static List<Counted> of(NetlinkSocket socket, NftTransaction.Family family, String table, String set)
            throws KernelException {
        byte[] body = new MessageWriter()
                .u8(family.number())
                .zeros(NFGENMSG - 1)
                .text(1, table)
                .text(2, set)
                .bytes();
        int type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM;
        List<Counted> all = new ArrayList<>();
        try {
            socket.dump(new Request(type, 0, body, "read", "elements of the nftables set " + set), in -> {
                        return decode(in);
                    })
                    .forEach(all::addAll);
        } catch (KernelException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
        return all;
    }

    static List<Counted> decode(MessageReader in) throws KernelException {
        List<Counted> elements = new ArrayList<>();
        in.skip(NFGENMSG);
        while (in.nextAttribute()) {
            if (in.attributeType() == 3) {
                MessageReader list = in.nested();
                while (list.nextAttribute()) {
                    elements.add(element(list.nested()));
                }
            }
        }
        return elements;
    }

    private static Counted element(MessageReader in) throws KernelException {
        byte[] key = {};
        byte[] end = {};
        NftVerdict verdict = NftVerdict.NONE;
        long packets = 0;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case 1 -> key = value(in.nested());
                case 2 -> verdict = NftVerdict.read(in.nested());
                case 7 -> packets = counter(in.nested());
                case 10 -> end = value(in.nested());
                default -> {} // flags, times, and what newer kernels send
            }
        }
        return new Counted(new NftElement(key, end, verdict), packets);
    }

    private static byte[] value(MessageReader in) throws KernelException {
        return in.nextAttribute() ? in.bytesAttribute() : new byte[0];
    }

    private static long counter(MessageReader in) throws KernelException {
        long packets = 0;
        while (in.nextAttribute()) {
            if (in.attributeType() == 2) {
                MessageReader data = in.nested();
                while (data.nextAttribute()) {
                    if (data.attributeType() == 2) {
                        packets = data.networkLongAttribute();
                    }
                }
            }
        }
        return packets;
    }
}
