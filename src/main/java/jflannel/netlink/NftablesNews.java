package jflannel.netlink;

import java.util.Optional;
import jflannel.linux.KernelException;

/// Reads what nftables tells of its changes: `struct nfgenmsg` and attributes, linux/netfilter/nf_tables.h.
final class NftablesNews {
    private static final int NFNL_SUBSYS_NFTABLES = 10;
    private static final int NFT_MSG_NEWTABLE = 0;
    private static final int NFT_MSG_DELTABLE = 2;
    private static final int NFT_MSG_NEWCHAIN = 3;
    private static final int NFT_MSG_DELCHAIN = 5;
    private static final int NFT_MSG_NEWRULE = 6;
    private static final int NFT_MSG_DELRULE = 8;
    private static final int NFGENMSG = 4; // u8 family, u8 version, u16 generation
    private static final int TABLE_NAME = 1; // NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE

    private NftablesNews() {}

    /// The name of the table that the message tells of; empty for messages of sets, generations and so on.
    static Optional<String> table(Answer message) throws KernelException {
        if (message.type() >>> 8 != NFNL_SUBSYS_NFTABLES) {
            return Optional.empty();
        }
        return switch (message.type() & 0xff) {
            case NFT_MSG_NEWTABLE,
                    NFT_MSG_DELTABLE,
                    NFT_MSG_NEWCHAIN,
                    NFT_MSG_DELCHAIN,
                    NFT_MSG_NEWRULE,
                    NFT_MSG_DELRULE -> name(new MessageReader("news of nftables", message.body()).skip(NFGENMSG));
            default -> Optional.empty();
        };
    }

    private static Optional<String> name(MessageReader in) throws KernelException {
        while (in.nextAttribute()) {
            if (in.attributeType() == TABLE_NAME) {
                return Optional.of(in.text());
            }
        }
        return Optional.empty();
    }
}
