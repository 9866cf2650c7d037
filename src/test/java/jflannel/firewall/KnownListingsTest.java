package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class KnownListingsTest {
    private static final List<String> WRITTEN = List.of(
            "-s 10.5.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully", "-s fd00:5::/48 -m comment -j ACCEPT");

    private final KnownListings listings = new KnownListings("tool");

    @Test
    void acceptsAnotherFormOfTheSameRules() {
        List<String> listed = List.of(
                "! -d 224.0.0.0/4 -s 10.5.0.0/16 -j MASQUERADE --random-fully", "-s fd00:5::/48 -j ACCEPT -m comment");
        assertThat(listings.same(WRITTEN, listed)).isFalse();
        assertThat(listings.confirm(WRITTEN, listed)).isTrue();
        assertThat(listings.same(WRITTEN, listed)).isTrue();
    }

    @Test
    void doesNotTakeTheRulesOfAnotherNetworkForThem() {
        for (List<String> others : List.of(
                List.of("-s 10.6.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully", WRITTEN.get(1)),
                List.of(WRITTEN.get(0), "-s fd00:6::/48 -m comment -j ACCEPT"),
                List.of(WRITTEN.get(1), WRITTEN.get(0)),
                List.of(WRITTEN.get(0)),
                List.of(WRITTEN.get(0), WRITTEN.get(1), WRITTEN.get(1)))) {
            assertThat(listings.confirm(WRITTEN, others)).as(others.toString()).isFalse();
            assertThat(listings.same(WRITTEN, others)).isFalse();
        }
    }
}
