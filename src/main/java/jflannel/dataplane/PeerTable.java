package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.packet.NetworkOrder;
import jflannel.packet.PrefixTable;

/// Which endpoint answers for which inner network. Immutable: a change of peers is a new table.
///
/// Inner and outer family are independent of each other. Endpoints are numbered from 0; each has its socket address
/// ready in native memory, which lives as long as the table is reachable.
public final class PeerTable {
    /// Knows nobody.
    public static final PeerTable EMPTY = PeerTable.of(Map.of());

    static final int NONE = PrefixTable.NONE;

    private static final int STRIDE = 32; // bytes for a socket address, rounded up to a power of two

    private final PrefixTable v4;
    private final PrefixTable v6;
    private final PrefixTable nodesV4;
    private final PrefixTable nodesV6;
    private final Family[] families;
    private final MemorySegment addresses;
    private final int networks;

    private PeerTable(Map<Cidr, Endpoint> peers) {
        List<Endpoint> endpoints = new ArrayList<>();
        Map<Endpoint, Integer> numberOf = new HashMap<>();
        Map<Cidr, Integer> inV4 = new HashMap<>();
        Map<Cidr, Integer> inV6 = new HashMap<>();
        peers.forEach((network, endpoint) -> {
            int number = numberOf.computeIfAbsent(endpoint, added -> {
                endpoints.add(added);
                return endpoints.size() - 1;
            });
            (network.family() == Family.IPV4 ? inV4 : inV6).put(network, number);
        });
        v4 = new PrefixTable(inV4);
        v6 = new PrefixTable(inV6);
        families = endpoints.stream().map(e -> e.address().family()).toArray(Family[]::new);
        nodesV4 = nodes(numberOf, Family.IPV4);
        nodesV6 = nodes(numberOf, Family.IPV6);
        addresses = Arena.ofAuto().allocate((long) STRIDE * Math.max(1, endpoints.size()), STRIDE);
        for (int i = 0; i < endpoints.size(); i++) {
            SocketAddress.write(
                    addresses,
                    (long) STRIDE * i,
                    endpoints.get(i).address(),
                    endpoints.get(i).port());
        }
        networks = peers.size();
    }

    /// @param peers the networks of all other nodes, which may nest: the narrowest one around an address counts
    public static PeerTable of(Map<Cidr, Endpoint> peers) {
        return new PeerTable(peers);
    }

    /// How many networks it knows.
    public int size() {
        return networks;
    }

    /// The endpoint for the inner address in a packet's header, or [#NONE].
    ///
    /// @param at offset in `packet` of the 4 or 16 bytes in network order
    public int find(Family inner, MemorySegment packet, long at) {
        return find(inner, v4, v6, packet, at);
    }

    private static int find(Family family, PrefixTable v4, PrefixTable v6, MemorySegment packet, long at) {
        return family == Family.IPV4
                ? v4.find(0, NetworkOrder.u32(packet, at))
                : v6.find(NetworkOrder.u64(packet, at), NetworkOrder.u64(packet, at + 8));
    }

    private static PrefixTable nodes(Map<Endpoint, Integer> endpoints, Family family) {
        Map<Cidr, Integer> nodes = new HashMap<>();
        endpoints.forEach((endpoint, number) -> {
            if (endpoint.address().family() == family) {
                nodes.put(Cidr.host(endpoint.address()), number);
            }
        });
        return new PrefixTable(nodes);
    }

    /// True if the address in a packet's header is that of a peer's endpoint.
    ///
    /// @param at offset in `packet` of the 4 or 16 bytes in network order
    boolean isNode(Family family, MemorySegment packet, long at) {
        return find(family, nodesV4, nodesV6, packet, at) != NONE;
    }

    /// True if an endpoint has the address of a datagram's sender, whatever the port.
    ///
    /// @param at offset in `sender` of the 4 or 16 bytes of its IP address, in network order
    boolean isAt(int endpoint, Family outer, MemorySegment sender, long at) {
        long host = (long) STRIDE * endpoint + SocketAddress.host(outer);
        return families[endpoint] == outer && NetworkOrder.isSameIp(outer, addresses, host, sender, at);
    }

    /// The outer family of an endpoint.
    Family family(int endpoint) {
        return families[endpoint];
    }

    /// Native address of an endpoint's socket address, [SocketAddress#bytes] long. The caller must keep the table
    /// reachable while the kernel may read it.
    long socketAddress(int endpoint) {
        return addresses.address() + (long) STRIDE * endpoint;
    }

    /// Copies an endpoint's socket address to the start of `to`, which has room for one of either family.
    void copySocketAddress(int endpoint, MemorySegment to) {
        MemorySegment.copy(addresses, (long) STRIDE * endpoint, to, 0, SocketAddress.MAX_BYTES);
    }
}
