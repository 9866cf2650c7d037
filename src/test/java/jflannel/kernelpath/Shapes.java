package jflannel.kernelpath;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import jflannel.ip.Family;
import jflannel.packet.Packets;

/// Random packets: most are sound and meant for somebody, some are wrong in one of the ways that packets are.
final class Shapes {
    private final Random random;
    private final List<String> v4;
    private final List<String> v6;

    /// @param v4 addresses to choose from
    Shapes(long seed, List<String> v4, List<String> v6) {
        this.random = new Random(seed);
        this.v4 = v4;
        this.v6 = v6;
    }

    byte[] packet() {
        byte[] payload = new byte[random.nextInt(4) == 0 ? random.nextInt(3000) : random.nextInt(80)];
        random.nextBytes(payload);
        int protocol = List.of(Packets.TCP, Packets.UDP, Packets.ICMP, random.nextInt(256))
                .get(random.nextInt(4));
        int hops = List.of(0, 1, 2, 64, 255).get(random.nextInt(5));
        Family family = random.nextBoolean() ? Family.IPV4 : Family.IPV6;
        List<String> addresses = family == Family.IPV4 ? v4 : v6;
        String source = addresses.get(random.nextInt(addresses.size()));
        String destination = addresses.get(random.nextInt(addresses.size()));
        byte[] packet = family == Family.IPV4
                ? Packets.v4(source, destination, hops, protocol, payload)
                : Packets.v6(source, destination, hops, protocol, payload);
        return random.nextInt(3) == 0 ? damaged(packet) : packet;
    }

    private byte[] damaged(byte[] packet) {
        return switch (random.nextInt(5)) {
            case 0 -> Packets.with(packet, random.nextInt(8), random.nextInt(256)); // version, lengths, fragments
            case 1 -> Arrays.copyOf(packet, 1 + random.nextInt(packet.length)); // cut short
            case 2 -> Arrays.copyOf(packet, packet.length + 1 + random.nextInt(20)); // padded
            case 3 -> Packets.with(packet, 10, random.nextInt(256), random.nextInt(256)); // a checksum
            default -> Packets.with(packet, random.nextInt(packet.length), random.nextInt(256));
        };
    }
}
