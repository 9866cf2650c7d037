package jflannel.kernel;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// A next hop that several routes share, or a group of such: `struct nhmsg` and NHA_* attributes, linux/nexthop.h.
///
/// @param hop null for a group, and for a blackhole
/// @param group the members' numbers and weights; empty for a single one
record NextHopObject(int id, NextHop hop, List<Member> group, boolean blackhole) {
    private static final int NHA_ID = 1;
    private static final int NHA_GROUP = 2;
    private static final int NHA_BLACKHOLE = 4;
    private static final int NHA_OIF = 5;
    private static final int NHA_GATEWAY = 6;
    private static final int NEXTHOP_GRP = 8; // length of struct nexthop_grp

    /// A member of a group: `struct nexthop_grp`.
    record Member(int id, int weight) {}

    /// Its next hops: a group has no groups among its members.
    List<NextHop> resolve(Map<Integer, NextHopObject> objects) {
        Stream<NextHop> hops = group.isEmpty()
                ? Stream.of(hop)
                : group.stream().map(member -> {
                    NextHopObject object = objects.get(member.id);
                    return object == null || object.hop == null ? null : object.hop.withWeight(member.weight);
                });
        return blackhole ? List.of() : hops.filter(Objects::nonNull).toList();
    }

    /// Asks for all objects.
    static Request list() {
        return new Request(
                Rtnetlink.RTM_GETNEXTHOP, 0, new MessageWriter().zeros(8).bytes(), "read", "next hops");
    }

    static NextHopObject decode(MessageReader in) throws KernelException {
        Family family = Family.ofAf(in.u8());
        int flags = in.skip(3).u32();
        int id = 0;
        boolean blackhole = false;
        List<Member> group = List.of();
        int device = 0;
        Ip gateway = null;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case NHA_ID -> id = in.u32Attribute();
                case NHA_GROUP -> group = members(in.nested());
                case NHA_BLACKHOLE -> blackhole = true;
                case NHA_OIF -> device = in.u32Attribute();
                case NHA_GATEWAY -> gateway = in.ip();
                default -> {} // newer kernels send more
            }
        }
        boolean single = family != null && group.isEmpty() && !blackhole;
        return new NextHopObject(
                id, single ? new NextHop(gateway, device, flags & 0xff, 1, null) : null, group, blackhole);
    }

    private static List<Member> members(MessageReader in) throws KernelException {
        List<Member> members = new ArrayList<>();
        while (in.remaining() >= NEXTHOP_GRP) {
            members.add(new Member(in.u32(), in.u8() + 1));
            in.skip(3);
        }
        return members;
    }
}
