package jflannel.kernelpath;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import jflannel.bpf.BpfMap;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;

/// What both programs share with this process: who is where, and counts.
final class Tables implements AutoCloseable {
    // a peer in a map
    static final int ADDRESS = 0; // 4 or 16 bytes
    static final int PEER_SLOT = 16;
    static final int PEER_MTU = 20;
    static final int PEER_FLAGS = 24;
    private static final int PEER_BYTES = 32;

    /// In a peer's flags: packets may go to it by the kernel's path.
    static final int KERNEL = 1;
    static final int OUTER_V4 = 2;
    static final int OUTER_V6 = 4;

    // counts of a peer, 64 bits each
    static final int SENT = 0; // packets, then bytes
    static final int RECEIVED = 16; // packets, then bytes
    static final int WRONG_SOURCE = 32; // packets with an address of the peer that it did not send
    private static final int COUNTS_BYTES = 40;

    /// Packets that belong to no peer.
    static final int NOBODY = 0;

    /// What ends in the programs, whoever sent it: the first of these, and [#WRONG_SOURCE] of all.
    static final int ENDS = 1;

    static final int PROBED = 0; // probes of the local tunnel that came through
    static final int REFUSED_OUT = 8;
    static final int REFUSED_IN = 16;
    private static final int FIRST_SLOT = 2;
    /// Each possible processor has a copy of them all.
    private static final int SLOTS = 4096;

    private static final int MOST_PEERS = 1 << 17;

    private final BpfMap v4;
    private final BpfMap v6;
    private final BpfMap counts;
    /// Other threads read it for the counts.
    private volatile Map<Cidr, KernelPeer> peers = Map.of();

    private final Map<Cidr, Integer> slots = new ConcurrentHashMap<>();

    private Tables(BpfMap v4, BpfMap v6, BpfMap counts) {
        this.v4 = v4;
        this.v6 = v6;
        this.counts = counts;
    }

    static Tables create() throws KernelException {
        List<BpfMap> made = new ArrayList<>();
        try {
            for (Family family : Family.values()) {
                BpfMap.Shape shape = new BpfMap.Shape(
                        "flannel_peers_" + (family == Family.IPV4 ? "4" : "6"),
                        Integer.BYTES + family.bytes(),
                        PEER_BYTES,
                        MOST_PEERS);
                made.add(BpfMap.create(BpfMap.Kind.LONGEST_PREFIX, shape));
            }
            made.add(BpfMap.create(
                    BpfMap.Kind.PER_CPU_ARRAY, new BpfMap.Shape("flannel_counts", Integer.BYTES, COUNTS_BYTES, SLOTS)));
            return new Tables(made.get(0), made.get(1), made.get(2));
        } catch (KernelException e) {
            made.forEach(BpfMap::close);
            throw e;
        }
    }

    BpfMap peers(Family inner) {
        return inner == Family.IPV4 ? v4 : v6;
    }

    BpfMap counts() {
        return counts;
    }

    /// Makes these the peers. New ones come before others go, so that no subnet is ever without its peer.
    void replace(Map<Cidr, KernelPeer> wanted) throws KernelException {
        List<Cidr> changed = wanted.keySet().stream()
                .filter(subnet -> !wanted.get(subnet).equals(peers.get(subnet)))
                .sorted()
                .toList();
        for (Cidr subnet : changed) {
            peers(subnet.family()).put(key(subnet), value(subnet, wanted.get(subnet)));
        }
        for (Cidr former : peers.keySet()) {
            if (!wanted.containsKey(former)) {
                peers(former.family()).remove(key(former));
            }
        }
        peers = Map.copyOf(wanted);
    }

    private static byte[] key(Cidr cidr) {
        byte[] address = cidr.address().bytes();
        return ByteBuffer.allocate(Integer.BYTES + address.length)
                .order(ByteOrder.nativeOrder())
                .putInt(cidr.length())
                .put(address)
                .array();
    }

    private byte[] value(Cidr subnet, KernelPeer peer) {
        ByteBuffer value = ByteBuffer.allocate(PEER_BYTES).order(ByteOrder.nativeOrder());
        value.put(ADDRESS, peer.address().bytes());
        value.putInt(PEER_SLOT, slot(subnet));
        value.putInt(PEER_MTU, peer.mtu());
        value.putInt(
                PEER_FLAGS,
                (peer.sendsByKernel() ? KERNEL : 0) | (peer.address().family() == Family.IPV4 ? OUTER_V4 : OUTER_V6));
        return value.array();
    }

    /// Of a subnet, for good; when there are too many, the rest share one.
    private int slot(Cidr subnet) {
        int next = FIRST_SLOT + slots.size();
        return next < SLOTS ? slots.computeIfAbsent(subnet, _ -> next) : slots.getOrDefault(subnet, NOBODY);
    }

    /// A count of what ended in the programs.
    ///
    /// @param at one of the offsets above
    long ended(int at) throws KernelException {
        return counts.sums(ENDS)[at / Long.BYTES];
    }

    /// All counts, of former peers too, and those of each present peer that has some of its own: the one that was
    /// known first comes first.
    Tally tally() throws KernelException {
        Map<Integer, Cidr> bySlot = new TreeMap<>();
        slots.forEach((subnet, slot) -> bySlot.put(slot, subnet));
        Counts all = Counts.of(counts.sums(NOBODY));
        Map<Cidr, Counts> bySubnet = new LinkedHashMap<>();
        for (Map.Entry<Integer, Cidr> each : bySlot.entrySet()) {
            Counts one = Counts.of(counts.sums(each.getKey()));
            all = all.plus(one);
            if (peers.containsKey(each.getValue())) {
                bySubnet.put(each.getValue(), one);
            }
        }
        return new Tally(all, ended(WRONG_SOURCE), ended(REFUSED_OUT), ended(REFUSED_IN), bySubnet);
    }

    /// The counts of each host whose subnets have some of their own.
    Map<Ip, Counts> byHost() throws KernelException {
        Map<Ip, Counts> byHost = new HashMap<>();
        for (Map.Entry<Cidr, KernelPeer> each : peers.entrySet()) {
            Integer slot = slots.get(each.getKey());
            if (slot != null) {
                byHost.merge(each.getValue().address(), Counts.of(counts.sums(slot)), Counts::plus);
            }
        }
        return byHost;
    }

    @Override
    public void close() {
        v4.close();
        v6.close();
        counts.close();
    }
}
