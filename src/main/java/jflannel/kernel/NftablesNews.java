package jflannel.kernel;

import java.util.Optional;
import java.util.Set;
import jflannel.linux.KernelException;
import jflannel.netlink.Answer;
import jflannel.netlink.MessageReader;

/// Reads notifications of nftables: `struct nfgenmsg` and attributes, linux/netfilter/nf_tables.h.
final class NftablesNews {
    static final int NFNL_SUBSYS_NFTABLES = 10;
    static final int NFGENMSG = 4; // u8 family, u8 version, u16 number of the resource
    private static final int NFT_MSG_NEWTABLE = 0;
    private static final int NFT_MSG_DELTABLE = 2;
    private static final int NFT_MSG_NEWCHAIN = 3;
    private static final int NFT_MSG_DELCHAIN = 5;
    private static final int NFT_MSG_NEWRULE = 6;
    private static final int NFT_MSG_DELRULE = 8;
    private static final int NFT_MSG_NEWSET = 9;
    private static final int NFT_MSG_DELSET = 11;
    private static final int NFT_MSG_NEWSETELEM = 12;
    private static final int NFT_MSG_DELSETELEM = 14;
    private static final int TABLE_NAME = 1; // of tables, chains, rules, sets and lists of elements alike

    private NftablesNews() {}

    /// The name of the table that the message is about; empty for messages about generations and so on.
    ///
    /// @param sets tables of which messages of sets count too
    static Optional<String> table(Answer message, Set<String> sets) throws KernelException {
        if (message.type() >>> 8 != NFNL_SUBSYS_NFTABLES) {
            return Optional.empty();
        }
        return switch (message.type() & 0xff) {
            case NFT_MSG_NEWTABLE,
                    NFT_MSG_DELTABLE,
                    NFT_MSG_NEWCHAIN,
                    NFT_MSG_DELCHAIN,
                    NFT_MSG_NEWRULE,
                    NFT_MSG_DELRULE -> name(message);
            case NFT_MSG_NEWSET, NFT_MSG_DELSET, NFT_MSG_NEWSETELEM, NFT_MSG_DELSETELEM ->
                name(message).filter(sets::contains);
            default -> Optional.empty();
        };
    }

    private static Optional<String> name(Answer message) throws KernelException {
        MessageReader in = new MessageReader("news of nftables", message.body()).skip(NFGENMSG);
        while (in.nextAttribute()) {
            if (in.attributeType() == TABLE_NAME) {
                return Optional.of(in.text());
            }
        }
        return Optional.empty();
    }
}
