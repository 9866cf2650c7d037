package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WordingTest {
    private static final List<String> TOLD = List.of(
            "-s 10.5.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully", "-s fd00:5::/48 -m comment -j ACCEPT");

    private final Wording wording = new Wording();

    @Test
    void acceptsAnotherWordingOfTheSameRules() {
        List<String> listed = List.of(
                "! -d 224.0.0.0/4 -s 10.5.0.0/16 -j MASQUERADE --random-fully", "-s fd00:5::/48 -j ACCEPT -m comment");
        assertThat(wording.same(TOLD, listed)).isFalse();
        assertThat(wording.learn(TOLD, listed)).isTrue();
        assertThat(wording.same(TOLD, listed)).isTrue();
        assertThat(wording.learn(TOLD, listed)).as("again").isFalse();
    }

    @Test
    void takesTheRulesOfAnotherNetworkForNoWording() {
        for (List<String> others : List.of(
                List.of("-s 10.6.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully", TOLD.get(1)),
                List.of(TOLD.get(0), "-s fd00:6::/48 -m comment -j ACCEPT"),
                List.of(TOLD.get(1), TOLD.get(0)),
                List.of(TOLD.get(0)),
                List.of(TOLD.get(0), TOLD.get(1), TOLD.get(1)))) {
            assertThat(wording.learn(TOLD, others)).as(others.toString()).isFalse();
            assertThat(wording.same(TOLD, others)).isFalse();
        }
    }
}
