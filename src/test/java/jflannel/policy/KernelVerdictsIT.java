package jflannel.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.names.Names;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Rtnetlink;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What the kernel does with packets is compared with what the [Oracle] makes of the specification.
@ExtendWith(OwnNetns.class)
final class KernelVerdictsIT {
    private static final List<String> PROTOCOLS = List.of("TCP", "TCP", "UDP", "SCTP", "ICMP");
    private static final int WORLDS = 40;
    private static final int PROBES = 250;
    /// Of these, so many are also looked up in the tables.
    private static final int READ = 25;

    @Test
    void the_kernel_does_what_the_oracle_says_in_one_random_world_after_the_other() throws Exception {
        Renderer renderer = new Renderer();
        PolicyTable table = new PolicyTable(Names.DEFAULT, false, false);
        Rendering before = new Rendering();
        List<String> wrong = new ArrayList<>();
        int allowed = 0;
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER);
                ForwardedPackets packets = new ForwardedPackets()) {
            table.whole(before).commit(socket);
            for (int seed = 0; seed < WORLDS; seed++) {
                SplittableRandom random = new SplittableRandom(seed);
                RandomWorld made = new RandomWorld(random, 14, 1 + seed % 9, seed % 7);
                Rendering now = renderer.render(made.world(), RandomWorld.LOCAL);
                table.change(before, now).commit(socket);
                before = now;
                allowed += probe(made, random, packets, wrong, "world " + seed);
            }
        }
        assertEquals(List.of(), wrong.stream().limit(10).toList(), wrong.size() + " wrong");
        assertTrue(allowed > 2000 && allowed < 8000, allowed + " allowed");
    }

    private static int probe(
            RandomWorld made, SplittableRandom random, ForwardedPackets packets, List<String> wrong, String where)
            throws KernelException {
        Oracle oracle = made.oracle();
        List<Connection> probes = new ArrayList<>();
        BitSet expected = new BitSet();
        for (int i = 0; i < PROBES; i++) {
            boolean six = random.nextBoolean();
            String source = made.address(six);
            String destination = made.address(six);
            String protocol = PROTOCOLS.get(random.nextInt(PROTOCOLS.size()));
            int port = protocol.equals("ICMP") ? 0 : RandomWorld.PORTS.get(random.nextInt(7));
            expected.set(i, oracle.allowsOnNode(source, destination, protocol, port, RandomWorld::isLocal));
            probes.add(new Connection(Ip.parse(source), Ip.parse(destination), JudgeTest.number(protocol), port));
        }
        BitSet passing = packets.passing(probes);
        for (int i = 0; i < PROBES; i++) {
            if (passing.get(i) != expected.get(i)) {
                wrong.add(where + ": " + probes.get(i) + (expected.get(i) ? " was refused" : " passed"));
            }
            if (i < READ && KernelRefusal.of(probes.get(i)).isPresent() == passing.get(i)) {
                wrong.add(where + ": " + probes.get(i) + " is read wrongly from the tables");
            }
        }
        return expected.cardinality();
    }
}
