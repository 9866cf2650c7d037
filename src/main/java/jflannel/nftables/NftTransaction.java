package jflannel.nftables;

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

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// Changes of one table that take effect together, between two packets.
public final class NftTransaction {
    /// Families of tables, and the number of each.
    public enum Family {
        INET(1),
        BRIDGE(7);

        private final int number;

        Family(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        /// As in `nft list table`.
        public String word() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    /// Where in a packet's way a chain is.
    public enum HookPoint {
        PREROUTING,
        INPUT,
        FORWARD,
        OUTPUT
    }

    private static final int NLM_F_APPEND = 0x800;
    /// A list of elements has to fit into an attribute, 64 KiB.
    private static final int ELEMENTS = 400;

    private final Family family;
    private final String table;
    private final List<Request> requests = new ArrayList<>();

    public NftTransaction(Family family, String table) {
        this.family = family;
        this.table = table;
    }

    /// Removes what the table had, and the table, even if there is none.
    public NftTransaction deleteTable() {
        createTable(); // or deleting one that is not there would fail
        return add(NFT_MSG_DELTABLE, 0, "delete", "", message -> message.text(1, table));
    }

    public NftTransaction createTable() {
        return add(NFT_MSG_NEWTABLE, Rtnetlink.NLM_F_CREATE, "create", "", message -> message.text(1, table));
    }

    /// Creates a chain that others jump to.
    public NftTransaction createChain(String chain) {
        return named(NFT_MSG_NEWCHAIN, Rtnetlink.NLM_F_CREATE, "create", " chain ", 3, chain);
    }

    /// Removes the rules of a chain.
    public NftTransaction emptyChain(String chain) {
        return named(NFT_MSG_DELRULE, 0, "delete", " rules of chain ", 2, chain);
    }

    /// Removes a chain without rules. No element may lead to it any more.
    public NftTransaction removeChain(String chain) {
        return named(NFT_MSG_DELCHAIN, 0, "delete", " chain ", 3, chain);
    }

    /// Removes a set with its elements. No rule may use it any more.
    public NftTransaction removeSet(String set) {
        return named(NFT_MSG_DELSET, 0, "delete", " set ", 2, set);
    }

    /// Creates a chain that packets meet, and pass if no rule ends their way.
    public NftTransaction createChain(String chain, HookPoint hook, int priority) {
        return add(
                NFT_MSG_NEWCHAIN,
                Rtnetlink.NLM_F_CREATE,
                "create",
                " chain " + chain,
                message -> message.text(1, table)
                        .text(3, chain)
                        .nested(
                                4 | Rtnetlink.NLA_F_NESTED,
                                inner -> inner.networkAttribute(1, hook.ordinal())
                                        .networkAttribute(2, priority))
                        .networkAttribute(5, 1)
                        .text(7, "filter"));
    }

    public NftTransaction addRule(String chain, NftExpressions rule) {
        return add(
                NFT_MSG_NEWRULE,
                Rtnetlink.NLM_F_CREATE | NLM_F_APPEND,
                "add",
                " rule to chain " + chain,
                message -> message.text(1, table).text(2, chain).nested(4 | Rtnetlink.NLA_F_NESTED, rule::write));
    }

    public NftTransaction createSet(NftSetForm set) {
        int id = requests.size() + 1;
        return add(
                NFT_MSG_NEWSET,
                Rtnetlink.NLM_F_CREATE,
                "create",
                " set " + set.name(),
                message -> set.write(message.text(1, table), id));
    }

    /// Adds elements that are not there, or are removed in the same transaction.
    public NftTransaction addElements(String set, Collection<NftElement> elements) {
        return elements(NFT_MSG_NEWSETELEM, Rtnetlink.NLM_F_CREATE, "add elements to", set, elements, true);
    }

    /// Removes elements that are there.
    public NftTransaction removeElements(String set, Collection<NftElement> elements) {
        return elements(NFT_MSG_DELSETELEM, 0, "remove elements from", set, elements, false);
    }

    private NftTransaction elements(
            int type, int flags, String verb, String set, Collection<NftElement> elements, boolean whole) {
        List<NftElement> all = new ArrayList<>(elements);
        for (int from = 0; from < all.size(); from += ELEMENTS) {
            List<NftElement> part = all.subList(from, Math.min(all.size(), from + ELEMENTS));
            add(
                    type,
                    flags,
                    verb,
                    " set " + set,
                    message -> message.text(1, table)
                            .text(2, set)
                            .nested(
                                    3 | Rtnetlink.NLA_F_NESTED,
                                    list -> part.forEach(element -> element.write(list, whole))));
        }
        return this;
    }

    public boolean isEmpty() {
        return requests.isEmpty();
    }

    /// @throws KernelException if the kernel refuses, and nothing has changed
    public void commit(NetlinkSocket socket) throws KernelException {
        if (!requests.isEmpty()) {
            socket.transact(NFNL_SUBSYS_NFTABLES, requests);
        }
    }

    /// @param attribute which of the message's attributes holds the name
    private NftTransaction named(int type, int flags, String verb, String what, int attribute, String name) {
        return add(
                type,
                flags,
                verb,
                what + name,
                message -> message.text(1, table).text(attribute, name));
    }

    private NftTransaction add(int type, int flags, String verb, String what, Consumer<MessageWriter> content) {
        MessageWriter message = new MessageWriter().u8(family.number()).zeros(3);
        content.accept(message);
        requests.add(new Request(
                NFNL_SUBSYS_NFTABLES << 8 | type,
                flags,
                message.bytes(),
                verb,
                "the nftables table " + family.word() + " " + table + what));
        return this;
    }
}
