package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;

class PeersTest {
    @Test
    void manyEventsAtOnceAreAsOneAfterTheOther() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            List<LeaseEvent> events = new ArrayList<>();
            Peers oneByOne = Peers.NONE;
            for (int i = 0; i < 20; i++) {
                LeaseEvent event = event(random);
                events.add(event);
                oneByOne = oneByOne.after(event);
            }
            assertThat(Peers.NONE.after(events)).isEqualTo(oneByOne);
        }
    }

    @Test
    void aLeaseIsHeldWhateverItAnnounces() {
        Peers peers = Peers.NONE.after(new LeaseEvent.Put(lease(2, 1)));
        assertThat(peers.hold(lease(2, 9))).isTrue();
        assertThat(peers.hold(lease(3, 1))).isFalse();
    }

    private static LeaseEvent event(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> {
                Set<Lease> all = new HashSet<>();
                for (int i = 0; i < random.nextInt(4); i++) {
                    all.add(lease(i, random.nextInt(3)));
                }
                yield new LeaseEvent.Resync(all);
            }
            case 1 -> new LeaseEvent.Moved(lease(random.nextInt(5), 0));
            case 2, 3 -> new LeaseEvent.Removed(lease(random.nextInt(5), 0));
            default -> new LeaseEvent.Put(lease(random.nextInt(5), random.nextInt(3)));
        };
    }

    private static Lease lease(int subnet, int host) {
        return new Lease(
                List.of(Cidr.parse("10.5." + subnet + ".0/24")),
                new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2." + (host + 1))), "host-gw", Map.of()));
    }
}
