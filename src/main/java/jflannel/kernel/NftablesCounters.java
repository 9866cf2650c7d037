package jflannel.kernel;

import static jflannel.netlink.Nftables.NFGENMSG;
import static jflannel.netlink.Nftables.NFNL_SUBSYS_NFTABLES;
import static jflannel.netlink.Nftables.NFT_MSG_GETOBJ;

import java.util.Map;
import java.util.TreeMap;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// Reads named counters of nftables: `struct nfgenmsg` and NFTA_OBJ_* attributes, linux/netfilter/nf_tables.h.
public final class NftablesCounters {
    private static final int NFPROTO_INET = 1;
    private static final int NFTA_OBJ_TABLE = 1;
    private static final int NFTA_OBJ_NAME = 2;
    private static final int NFTA_OBJ_TYPE = 3;
    private static final int NFTA_OBJ_DATA = 4;
    private static final byte[] NFT_OBJECT_COUNTER = {0, 0, 0, 1}; // nftables' numbers are in network byte order
    private static final int NFTA_COUNTER_PACKETS = 2;

    private NftablesCounters() {}

    /// One counter.
    record Named(String name, long packets) {}

    /// How many packets each counter of a table has seen, by the counter's name. Any thread may ask; nothing is started
    /// for it.
    ///
    /// @param table of the family inet; one that is not there has no counters
    /// @throws KernelException if the kernel has no nftables, or does not let us see them
    public static Map<String, Long> packets(String table) throws KernelException {
        Map<String, Long> packets = new TreeMap<>();
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER)) {
            socket.dump(list(table), NftablesCounters::decode)
                    .forEach(counter -> packets.put(counter.name(), counter.packets()));
        }
        return packets;
    }

    static Request list(String table) {
        byte[] body = new MessageWriter()
                .u8(NFPROTO_INET)
                .zeros(NFGENMSG - 1)
                .text(NFTA_OBJ_TABLE, table)
                .attribute(NFTA_OBJ_TYPE, NFT_OBJECT_COUNTER)
                .bytes();
        int type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETOBJ;
        return new Request(type, 0, body, "read", "counters of the nftables table inet " + table);
    }

    static Named decode(MessageReader in) throws KernelException {
        String name = "";
        long packets = -1;
        in.skip(NFGENMSG);
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case NFTA_OBJ_NAME -> name = in.text();
                case NFTA_OBJ_DATA -> packets = packets(in.nested());
                default -> {} // its table, type, handle, and what newer kernels send
            }
        }
        if (name.isEmpty() || packets < 0) {
            throw in.malformed("no name, or no count of packets");
        }
        return new Named(name, packets);
    }

    private static long packets(MessageReader in) throws KernelException {
        long packets = -1;
        while (in.nextAttribute()) {
            if (in.attributeType() == NFTA_COUNTER_PACKETS) {
                packets = in.networkLongAttribute();
            }
        }
        return packets;
    }
}
