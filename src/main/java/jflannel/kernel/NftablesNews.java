package jflannel.kernel;

import static jflannel.netlink.Nftables.NFGENMSG;
import static jflannel.netlink.Nftables.NFNL_SUBSYS_NFTABLES;
import static jflannel.netlink.Nftables.NFT_MSG_DELCHAIN;
import static jflannel.netlink.Nftables.NFT_MSG_DELRULE;
import static jflannel.netlink.Nftables.NFT_MSG_DELSET;
import static jflannel.netlink.Nftables.NFT_MSG_DELSETELEM;
import static jflannel.netlink.Nftables.NFT_MSG_DELTABLE;
import static jflannel.netlink.Nftables.NFT_MSG_NEWCHAIN;
import static jflannel.netlink.Nftables.NFT_MSG_NEWRULE;
import static jflannel.netlink.Nftables.NFT_MSG_NEWSET;
import static jflannel.netlink.Nftables.NFT_MSG_NEWSETELEM;
import static jflannel.netlink.Nftables.NFT_MSG_NEWTABLE;

import java.util.Optional;
import java.util.Set;
import jflannel.linux.KernelException;
import jflannel.netlink.Answer;
import jflannel.netlink.MessageReader;

/// Reads notifications of nftables: `struct nfgenmsg` and attributes, linux/netfilter/nf_tables.h.
final class NftablesNews {
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
