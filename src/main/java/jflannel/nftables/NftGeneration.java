package jflannel.nftables;

import static jflannel.netlink.Nftables.NFGENMSG;
import static jflannel.netlink.Nftables.NFNL_SUBSYS_NFTABLES;
import static jflannel.netlink.Nftables.NFT_MSG_GETGEN;

import jflannel.linux.KernelException;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;

/// The number of this network namespace's rule sets, which each transaction of anybody's makes one higher.
public final class NftGeneration {
    private static final int NFTA_GEN_ID = 1;
    private static final Request REQUEST = new Request(
            NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN,
            0,
            new MessageWriter().zeros(NFGENMSG).bytes(),
            "read",
            "the generation of nftables");

    private NftGeneration() {}

    public static int of(NetlinkSocket socket) throws KernelException {
        return socket.ask(REQUEST, in -> {
            in.skip(NFGENMSG);
            while (in.nextAttribute()) {
                if (in.attributeType() == NFTA_GEN_ID) {
                    return in.networkIntAttribute();
                }
            }
            throw in.malformed("it has no number");
        });
    }
}
