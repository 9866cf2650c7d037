package jflannel.nftables;

import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Rtnetlink;

/// What becomes of a packet.
///
/// @param code NF_* or NFT_*
/// @param chain to go to; or else empty
public record NftVerdict(int code, String chain) {
    private static final int NF_DROP = 0;
    private static final int NF_ACCEPT = 1;
    private static final int NFT_JUMP = -3;
    private static final int NFT_GOTO = -4;
    private static final int NO_CODE = Integer.MIN_VALUE;
    private static final int NFTA_DATA_VERDICT = 2;

    /// For what has no verdict.
    public static final NftVerdict NONE = new NftVerdict(NO_CODE, "");

    public static final NftVerdict ACCEPT = new NftVerdict(NF_ACCEPT, "");
    public static final NftVerdict DROP = new NftVerdict(NF_DROP, "");

    /// Goes through the chain, and returns if nothing in it decides.
    public static NftVerdict jump(String chain) {
        return new NftVerdict(NFT_JUMP, chain);
    }

    /// Goes through the chain without a return.
    public static NftVerdict goTo(String chain) {
        return new NftVerdict(NFT_GOTO, chain);
    }

    /// Reads data.
    static NftVerdict read(MessageReader data) throws KernelException {
        NftVerdict read = NONE;
        while (data.nextAttribute()) {
            if (data.attributeType() == NFTA_DATA_VERDICT) {
                int code = NO_CODE;
                String chain = "";
                MessageReader verdict = data.nested();
                while (verdict.nextAttribute()) {
                    switch (verdict.attributeType()) {
                        case 1 -> code = verdict.networkIntAttribute();
                        case 2 -> chain = verdict.text();
                        default -> {}
                    }
                }
                read = new NftVerdict(code, chain);
            }
        }
        return read;
    }

    /// As an attribute with data.
    void write(MessageWriter out, int attribute) {
        out.nested(
                attribute | Rtnetlink.NLA_F_NESTED,
                data -> data.nested(NFTA_DATA_VERDICT | Rtnetlink.NLA_F_NESTED, verdict -> {
                    verdict.networkAttribute(1, code);
                    if (!chain.isEmpty()) {
                        verdict.text(2, chain);
                    }
                }));
    }
}
