package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import jflannel.ip.Family;
import org.junit.jupiter.api.Test;

class FirewallTest {
    private final FakeTool v4 = new FakeTool(Family.IPV4);
    private final FakeTool v6 = new FakeTool(Family.IPV6);
    private final FakeTool oldV4 = new FakeTool(Family.IPV4);
    private final FakeTool oldV6 = new FakeTool(Family.IPV6);
    private final FakeTool nftV4 = new FakeTool(Family.IPV4);
    private final FakeTool nftV6 = new FakeTool(Family.IPV6);
    private final Firewall firewall = new Firewall(
            new Firewall.Tools(List.of(v4, v6), List.of(oldV4, oldV6)),
            new Firewall.Tools(List.of(nftV4, nftV6), List.of(v4, v6)));

    @Test
    void aFamilyThatFailsDoesNotStopTheOther() throws Exception {
        v4.failure = new IOException("iptables is out of order");

        assertThatThrownBy(() -> firewall.converge(Configs.DUAL)).hasMessage("iptables is out of order");
        assertThat(v6.checks).isEqualTo(1);
    }

    @Test
    void saysWhatIsWrongWithBoth() {
        v4.failure = new IOException("iptables is out of order");
        v6.failure = new IOException("ip6tables too");

        assertThatThrownBy(() -> firewall.converge(Configs.DUAL)).hasMessage("iptables is out of order; ip6tables too");
    }

    @Test
    void oldRulesGoOnlyWhenTheNewOnesAreInPlace() {
        v4.failure = new IOException("iptables is out of order");

        assertThatThrownBy(() -> firewall.converge(Configs.DUAL)).isInstanceOf(IOException.class);
        assertThat(oldV4.removed).isFalse();
        assertThat(oldV6.removed).isTrue();
    }

    @Test
    void anOldToolThatFailsIsLetAloneAfterSomeAttempts() throws Exception {
        oldV4.failure = new IOException("no such kernel module");
        for (int i = 0; i < 3; i++) {
            firewall.converge(Configs.DUAL);
        }

        oldV4.failure = null;
        firewall.converge(Configs.DUAL);
        assertThat(oldV4.removed).isFalse();
    }

    @Test
    void aFamilyThatIsNotEnabledIsLookedAtOnceAndMayFail() throws Exception {
        v6.failure = new IOException("no IPv6 here");

        firewall.converge(Configs.V4);
        firewall.converge(Configs.V4);
        assertThat(v6.checks).isEqualTo(1);
        assertThat(v4.checks).isEqualTo(2);
    }

    @Test
    void theRulesOfTheOtherModeGoWhenTheModeChanges() throws Exception {
        firewall.converge(Configs.DUAL);
        assertThat(v4.removed).isFalse();

        firewall.converge(Configs.nftables(Configs.DUAL));
        assertThat(nftV4.checks).isEqualTo(1);
        assertThat(v4.removed).isTrue();
        assertThat(v6.removed).isTrue();
    }
}
