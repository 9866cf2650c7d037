package jflannel.ipsec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import jflannel.ip.Ip;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmState;
import jflannel.vici.Section;
import org.junit.jupiter.api.Test;

class KernelKeysTest {
    private static final long SECOND = 1_000_000_000;
    private static final Ip HERE = Ip.parse("192.0.2.1");
    private static final Ip PEER = Ip.parse("192.0.2.2");

    private final KernelKeys keys = new KernelKeys();

    private static XfrmState state(Ip from, Ip to, int spi) {
        return new XfrmState(from, to, spi, XfrmPolicy.OURS, false);
    }

    private static Section sa(String state) {
        return Section.EMPTY.with(
                "child-sas",
                Section.EMPTY.with(
                        "a-1",
                        Section.EMPTY
                                .with("uniqueid", "7")
                                .with("state", state)
                                .with("spi-in", "c0ffee01")
                                .with("spi-out", "0000000a")));
    }

    private KernelKeys.Found look(Section sa, List<XfrmState> states, long now) {
        return keys.compare(List.of(sa), states, _ -> false, now);
    }

    @Test
    void keysThatTheKernelLacksTwiceAreLost() {
        List<XfrmState> both = List.of(state(PEER, HERE, 0xc0ffee01), state(HERE, PEER, 10));
        assertThat(look(sa("INSTALLED"), both, 0))
                .isEqualTo(new KernelKeys.Found(java.util.Set.of(), false, List.of()));
        assertThat(look(sa("INSTALLED"), both.subList(0, 1), 0).unsure()).isTrue();
        assertThat(look(sa("INSTALLED"), both, 0).lost())
                .as("it was between two looks")
                .isEmpty();
        assertThat(look(sa("INSTALLED"), List.of(), 0).lost()).isEmpty();
        KernelKeys.Found found = look(sa("INSTALLED"), List.of(), 0);
        assertThat(found.lost()).containsExactly("7");
        assertThat(found.unsure()).isFalse();
    }

    @Test
    void keysThatAreYetToComeAreNotLost() {
        look(sa("INSTALLING"), List.of(), 0);
        assertThat(look(sa("INSTALLING"), List.of(), SECOND).lost()).isEmpty();
    }

    @Test
    void keysThatCharonDoesNotKnowGoAfterAWhileUnlessAPeerNeedsThem() {
        XfrmState orphan = state(PEER, HERE, 99);
        XfrmState others = new XfrmState(PEER, HERE, 98, 12, false);
        List<XfrmState> states = List.of(state(PEER, HERE, 0xc0ffee01), state(HERE, PEER, 10), orphan, others);
        assertThat(look(sa("INSTALLED"), states, 0).orphans()).isEmpty();
        assertThat(look(sa("INSTALLED"), states, 9 * SECOND).orphans()).isEmpty();
        assertThat(keys.compare(List.of(sa("INSTALLED")), states, PEER::equals, 11 * SECOND)
                        .orphans())
                .isEmpty();
        assertThat(look(sa("INSTALLED"), states, 11 * SECOND).orphans()).containsExactly(orphan);
    }
}
