package jflannel.ip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CidrSetTest {
    @Test
    void answersAsALookAtEveryBlockWould() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            CidrSet set = new CidrSet();
            List<Cidr> blocks = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                blocks.add(block(random));
            }
            set.addAll(blocks);
            Cidr removed = blocks.getFirst();
            set.remove(removed);
            blocks.removeIf(removed::equals);
            for (int i = 0; i < 20; i++) {
                Cidr asked = block(random);
                assertThat(set.overlaps(asked))
                        .as("%s in %s", asked, blocks)
                        .isEqualTo(blocks.stream().anyMatch(asked::overlaps));
            }
        }
    }

    /// Of a small space, so that many overlap.
    private static Cidr block(Random random) {
        return random.nextBoolean()
                ? new Cidr(
                        Ip.parse("10.0.%d.%d".formatted(random.nextInt(4), random.nextInt(256))),
                        22 + random.nextInt(11))
                : new Cidr(Ip.parse("fd00::%x".formatted(random.nextInt(1 << 12))), 116 + random.nextInt(13));
    }
}
