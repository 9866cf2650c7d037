package jflannel.dataplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.packet.NetworkOrder;
import jflannel.packet.Packets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerTableTest {
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment address = arena.allocate(SocketAddress.MAX_BYTES, 8);

    @ParameterizedTest(name = "{0} belongs to {1}")
    @CsvSource(
            nullValues = "nobody",
            value = {
                "10.5.2.9, 192.0.2.2", "10.5.2.200, 192.0.2.3", "10.5.2.0, 192.0.2.2", "10.5.3.0, 192.0.2.9",
                "10.6.0.0, nobody", "fd05:2::1, 192.0.2.2", "fd05:2:0:1::, 2001:db8::3", "fd06::, nobody"
            })
    void theNarrowestNetworkAroundTheAddressCounts(String inner, String outer) {
        PeerTable peers = PeerTable.of(Map.of(
                Cidr.parse("10.5.0.0/16"), peer("192.0.2.9"),
                Cidr.parse("10.5.2.0/24"), peer("192.0.2.2"),
                Cidr.parse("10.5.2.128/25"), peer("192.0.2.3"),
                Cidr.parse("fd05:2::/64"), peer("192.0.2.2"),
                Cidr.parse("fd05:2::/48"), peer("2001:db8::3")));
        assertThat(endpoint(peers, Ip.parse(inner))).isEqualTo(outer == null ? null : peer(outer));
    }

    @ParameterizedTest
    @EnumSource(Family.class)
    void agreesWithTheDefinitionOnRandomNetworks(Family family) {
        Random random = new Random(3);
        for (int round = 0; round < 100; round++) {
            Map<Cidr, Endpoint> networks = new HashMap<>();
            int count = random.nextInt(60);
            for (int i = 0; i < count; i++) {
                networks.put(
                        new Cidr(near(family, random), random.nextInt(family.bits() + 1)),
                        new Endpoint(Ip.parse("192.0.2.1").plus(random.nextInt(200)), 1 + random.nextInt(9)));
            }
            PeerTable peers = PeerTable.of(networks);
            assertThat(peers.size()).isEqualTo(networks.size());
            for (int i = 0; i < 200; i++) {
                Ip ip = near(family, random);
                assertThat(endpoint(peers, ip)).as(ip + " in " + networks).isEqualTo(slowly(networks, ip));
            }
        }
    }

    @Test
    void findsEachOfFiveThousandNodes() {
        Map<Cidr, Endpoint> networks = new HashMap<>();
        Cidr v4 = Cidr.parse("10.0.0.0/24");
        Cidr v6 = Cidr.parse("fd00::/64");
        for (int i = 0; i < 5_000; i++, v4 = v4.next(), v6 = v6.next()) {
            Endpoint endpoint = new Endpoint(Ip.parse("172.16.0.1").plus(i), 8285);
            networks.put(v4, endpoint);
            networks.put(v6, endpoint);
        }
        PeerTable peers = PeerTable.of(networks);
        networks.forEach((network, endpoint) -> {
            assertThat(endpoint(peers, network.address())).isEqualTo(endpoint);
            assertThat(endpoint(peers, network.last())).isEqualTo(endpoint);
        });
    }

    @Test
    void theEmptyTableKnowsNobody() {
        assertThat(endpoint(PeerTable.EMPTY, Ip.parse("10.5.2.1"))).isNull();
        assertThat(endpoint(PeerTable.EMPTY, Ip.parse("fd05::1"))).isNull();
    }

    @Test
    void socketAddressesAreAsTheKernelWantsThem() {
        assertThat(socketAddress("192.0.2.2")).startsWith(Packets.hex("0200 205d c0000202 0000000000000000"));
        assertThat(socketAddress("2001:db8::2"))
                .isEqualTo(Packets.hex("0a00 205d 00000000 20010db8000000000000000000000002 00000000"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "::", "224.0.0.1", "ff02::1"})
    void anAddressOfNoSingleHostIsNoEndpoint(String address) {
        assertThatThrownBy(() -> peer(address))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(address);
    }

    private byte[] socketAddress(String ip) {
        PeerTable peers = PeerTable.of(Map.of(Cidr.parse("10.5.2.0/24"), peer(ip)));
        peers.copySocketAddress(0, address);
        return Packets.out(address, 0, SocketAddress.MAX_BYTES);
    }

    /// What the table finds for an inner address, decoded from the bytes that the kernel would get.
    private Endpoint endpoint(PeerTable peers, Ip inner) {
        MemorySegment bytes = arena.allocate(24);
        MemorySegment.copy(
                MemorySegment.ofArray(inner.bytes()),
                0,
                bytes,
                5,
                inner.family().bytes());
        int found = peers.find(inner.family(), bytes, 5);
        if (found == PeerTable.NONE) {
            return null;
        }
        peers.copySocketAddress(found, address);
        Family outer = peers.family(found);
        byte[] ip = Packets.out(address, outer == Family.IPV4 ? 4 : 8, outer.bytes());
        return new Endpoint(Ip.of(ip), NetworkOrder.u16(address, 2));
    }

    private static Endpoint slowly(Map<Cidr, Endpoint> networks, Ip ip) {
        return networks.entrySet().stream()
                .filter(e -> e.getKey().contains(ip))
                .max(Comparator.comparingInt(e -> e.getKey().length()))
                .map(Map.Entry::getValue)
                .orElse(null);
    }

    /// Addresses that share long and short prefixes with each other, and with the ends of the range.
    private static Ip near(Family family, Random random) {
        long noise = random.nextLong() & random.nextLong() & random.nextLong() & random.nextLong();
        long flip = random.nextInt(8) == 0 ? -1 : 0;
        return family == Family.IPV4
                ? new Ip(family, 0, (noise ^ flip) & 0xffffffffL)
                : new Ip(family, random.nextInt(4) == 0 ? noise : flip, noise ^ flip);
    }

    private static Endpoint peer(String ip) {
        return new Endpoint(Ip.parse(ip), 8285);
    }
}
