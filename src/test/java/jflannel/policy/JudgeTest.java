package jflannel.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;

final class JudgeTest {
    private static final List<String> PROTOCOLS = List.of("TCP", "UDP", "SCTP", "ICMP");

    @Test
    void the_judge_agrees_with_the_oracle_in_random_worlds() {
        int allowed = 0;
        int refused = 0;
        for (int seed = 0; seed < 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            RandomWorld made = new RandomWorld(random, 12, 6, seed % 5);
            Judge judge = new Judge(made.world());
            Oracle oracle = made.oracle();
            for (int i = 0; i < 200; i++) {
                boolean six = random.nextBoolean();
                String source = made.address(six);
                String destination = made.address(six);
                String protocol = PROTOCOLS.get(random.nextInt(PROTOCOLS.size()));
                int port = protocol.equals("ICMP") ? 0 : RandomWorld.PORTS.get(random.nextInt(7));
                Connection connection = new Connection(Ip.parse(source), Ip.parse(destination), number(protocol), port);
                boolean expected = oracle.allows(source, destination, protocol, port);
                assertEquals(
                        expected,
                        judge.allows(connection),
                        () -> connection + " by " + made.policies + " among " + made.pods);
                allowed += expected ? 1 : 0;
                refused += expected ? 0 : 1;
            }
        }
        assertTrue(allowed > 2000 && refused > 1000, allowed + " allowed, " + refused + " refused");
    }

    static int number(String protocol) {
        return protocol.equals("ICMP") ? 1 : Transport.valueOf(protocol).number();
    }
}
