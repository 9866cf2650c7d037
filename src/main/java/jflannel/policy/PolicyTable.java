package jflannel.policy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.linux.KernelException;
import jflannel.names.Names;
import jflannel.netlink.NetlinkSocket;
import jflannel.nftables.NftElement;
import jflannel.nftables.NftElements;
import jflannel.nftables.NftSetForm;
import jflannel.nftables.NftStructure;
import jflannel.nftables.NftTransaction;

/// The nftables table that enforces policies: fixed chains and sets, of which only the elements change.
final class PolicyTable {
    /// How long a refused connection is remembered for the log.
    private static final Duration LATEST = Duration.ofSeconds(60);

    private static final int MOST_LATEST = 1024;

    private final Names names;
    private final boolean subnets;
    private final boolean cuts;

    /// @param subnets endpoints are nodes' subnets, not single addresses
    /// @param cuts what belongs to a connection that was cut must not begin another one
    PolicyTable(Names names, boolean subnets, boolean cuts) {
        this.names = names;
        this.subnets = subnets;
        this.cuts = cuts;
    }

    private NftTransaction transaction() {
        return new NftTransaction(NftTransaction.Family.INET, names.policyTable());
    }

    /// Makes the table, in place of one that may be there.
    NftTransaction whole(Rendering rendering) {
        NftTransaction transaction = transaction().deleteTable().createTable();
        for (NftSet set : NftSet.values()) {
            if (set != NftSet.PORTS) {
                transaction.createSet(form(set.id()));
            }
        }
        PolicyRules rules = new PolicyRules(transaction, subnets);
        rules.chains();
        rules.rules(cuts);
        change(new Rendering(), rendering, transaction);
        return transaction;
    }

    /// What turns one rendering, which the kernel has, into another.
    NftTransaction change(Rendering before, Rendering after) {
        NftTransaction transaction = transaction();
        change(before, after, transaction);
        return transaction;
    }

    /// In an order in which nothing leads to what is not there.
    private void change(Rendering before, Rendering after, NftTransaction transaction) {
        PolicyRules rules = new PolicyRules(transaction, subnets);
        Set<Chain> newChains = without(after.chains(), before.chains());
        Set<Chain> oldChains = without(before.chains(), after.chains());
        newChains.forEach(chain -> sets(chain).forEach(set -> transaction.createSet(form(set))));
        newChains.forEach(rules::create);
        Set<NftSet.Id> gone = new HashSet<>();
        oldChains.forEach(chain -> gone.addAll(sets(chain)));
        Set<NftSet.Id> sets = new HashSet<>(before.sets().keySet());
        sets.addAll(after.sets().keySet());
        sets.removeAll(gone);
        for (NftSet.Id set : sets) {
            transaction.removeElements(set.label(), onWire(set, missing(before.of(set), after.of(set))));
            transaction.addElements(set.label(), onWire(set, missing(after.of(set), before.of(set))));
        }
        oldChains.forEach(chain -> transaction.emptyChain(chain.label()));
        gone.forEach(set -> transaction.removeSet(set.label()));
        oldChains.forEach(chain -> transaction.removeChain(chain.label()));
    }

    private static Set<Chain> without(Set<Chain> all, Set<Chain> others) {
        Set<Chain> rest = new HashSet<>(all);
        rest.removeAll(others);
        return rest;
    }

    /// The sets that come and go with a chain.
    private static List<NftSet.Id> sets(Chain chain) {
        if (chain.kind() == Chain.Kind.PORT_LIST) {
            return List.of(NftSet.PORTS.id(chain.number()));
        }
        return Stream.of(Family.values())
                .map(family -> NftSet.allowed(chain.direction(), family).id(chain.number()))
                .toList();
    }

    private static List<Element> missing(Map<Octets, Element> from, Map<Octets, Element> in) {
        List<Element> missing = new ArrayList<>();
        from.forEach((key, element) -> {
            Element other = in.get(key);
            if (element != other && !element.equals(other)) {
                missing.add(element);
            }
        });
        return missing;
    }

    NftTransaction removal() {
        return transaction().deleteTable();
    }

    /// How often each element of a set was found.
    List<NftElements.Counted> read(NetlinkSocket socket, NftSet.Id set) throws KernelException {
        return NftElements.of(socket, NftTransaction.Family.INET, names.policyTable(), set.label());
    }

    /// An address out of a key of the kernel's.
    Octets withoutTag(NftSet.Id set, byte[] key) {
        return new Octets(isTagged(set.set()) ? Arrays.copyOfRange(key, Integer.BYTES, key.length) : key);
    }

    NftStructure structure(NetlinkSocket socket) throws KernelException {
        return NftStructure.of(socket, NftTransaction.Family.INET, names.policyTable());
    }

    /// True if the sets have exactly these elements.
    boolean holds(NetlinkSocket socket, Rendering rendering) throws KernelException {
        Set<NftSet.Id> sets = new HashSet<>(rendering.sets().keySet());
        Stream.of(NftSet.values())
                .filter(it -> it != NftSet.PORTS && it.kind() != NftSet.Kind.LATEST)
                .forEach(it -> sets.add(it.id()));
        rendering.chains().forEach(chain -> sets.addAll(sets(chain)));
        for (NftSet.Id set : sets) {
            Set<String> wanted = words(onWire(set, List.copyOf(rendering.of(set).values())));
            Set<String> found = words(
                    read(socket, set).stream().map(NftElements.Counted::element).toList());
            if (!wanted.equals(found)) {
                return false;
            }
        }
        return true;
    }

    private static Set<String> words(List<NftElement> elements) {
        return elements.stream().map(NftElement::toString).collect(Collectors.toSet());
    }

    private NftSetForm form(NftSet.Id id) {
        NftSet set = id.set();
        boolean latest = set.kind() == NftSet.Kind.LATEST;
        List<NftSetForm.Field> fields = new ArrayList<>();
        if (isTagged(set)) {
            fields.add(new NftSetForm.Field(NftSet.Field.NFPROTO.type(), NftSet.Field.NFPROTO.length()));
        }
        set.fields().forEach(it -> fields.add(new NftSetForm.Field(it.type(), it.length())));
        return new NftSetForm(
                id.label(),
                fields,
                set.kind().isMap(),
                set.kind().hasRanges(subnets),
                set.kind() == NftSet.Kind.COUNTED_SUBJECTS || latest,
                latest ? LATEST : Duration.ZERO,
                latest ? MOST_LATEST : 0);
    }

    /// True if its keys are ranges of addresses, which need another field.
    private boolean isTagged(NftSet set) {
        return set.kind().hasRanges(subnets) && set != NftSet.PORTS;
    }

    private List<NftElement> onWire(NftSet.Id id, List<Element> elements) {
        Octets front = isTagged(id.set()) ? tag(id.set()) : Octets.NONE;
        boolean ranges = id.set().kind().hasRanges(subnets);
        byte[] none = {};
        return elements.stream()
                .map(it -> new NftElement(
                        front.and(it.key()).bytes(),
                        ranges ? front.and(it.end()).bytes() : none,
                        it.verdict()))
                .toList();
    }

    private static Octets tag(NftSet set) {
        Family family = set.fields().contains(NftSet.Field.IPV4) ? Family.IPV4 : Family.IPV6;
        return new Octets(new byte[] {(byte) family.af(), 0, 0, 0});
    }
}
