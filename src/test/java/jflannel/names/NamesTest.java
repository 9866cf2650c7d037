package jflannel.names;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import jflannel.ip.Family;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {
    private static final Names BLUE = new Names("blue42");

    @Test
    void theDefaultNetworkHasTheNamesOfGoFlannel() {
        assertThat(all(Names.DEFAULT))
                .containsExactly(
                        "flannel0",
                        "FLANNEL-POSTRTG",
                        "FLANNEL-FWD",
                        "flannel-ipv4",
                        "flannel-ipv6",
                        "flannel-peers",
                        "flanneld masq");
        assertThat(Names.DEFAULT.vxlan(Family.IPV4, 1)).isEqualTo("flannel.1");
        assertThat(Names.DEFAULT.vxlan(Family.IPV6, 4096)).isEqualTo("flannel-v6.4096");
    }

    @Test
    void networksDifferInEveryName() {
        assertThat(all(BLUE)).doesNotContainAnyElementsOf(all(Names.DEFAULT));
        assertThat(all(BLUE)).doesNotContainAnyElementsOf(all(Names.derivedFrom("/red/network")));
    }

    @Test
    void theKernelTakesEveryName() {
        assertThat(BLUE.tun()).hasSizeLessThanOrEqualTo(15);
        assertThat(Stream.of(BLUE.masqueradeChain(), BLUE.forwardChain())).allMatch(name -> name.length() <= 28);
    }

    @Test
    void aNameTellsItsNetwork() {
        for (Names names : List.of(Names.DEFAULT, BLUE, new Names("v6"))) {
            assertThat(all(names).stream().limit(6))
                    .allMatch(name -> Names.ownerOf(name).filter(names::equals).isPresent());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"FLANNEL-FWD-", "FLANNEL-FWD-Blue", "FLANNEL-FWD-toolong", "flannel.1", "MY-FLANNEL-FWD", ""})
    void aStrangersNameTellsNone(String name) {
        assertThat(Names.ownerOf(name)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "flannel.1, vxlan, true",
        "flannel-v6.4096, vxlan, true",
        "flannel0, tun, true",
        "flannel0-blue42, tun, true",
        "flannelv, vxlan, true",
        "flannelv-blue42, vxlan, true",
        "flannelv, veth, false",
        "flannelvx, vxlan, false",
        "flannel0, vxlan, false",
        "flannel.1, tun, false",
        "flannel.1, bridge, false",
        "flannel-ipv4, tun, false",
        "flannel.x, vxlan, false"
    })
    void knowsItsDevicesByNameAndKind(String name, String kind, boolean ours) {
        assertThat(Names.isDevice(name, kind)).isEqualTo(ours);
    }

    @Test
    void aDerivedNameIsStable() {
        assertThat(Names.derivedFrom("/blue/network")).isEqualTo(Names.derivedFrom("/blue/network"));
        assertThat(Names.derivedFrom("/blue/network").network()).isEqualTo("c9f59c");
    }

    @Test
    void knowsTheLargestVniThatFitsIntoAName() {
        assertThat(Names.DEFAULT.vxlan(Family.IPV4, Names.largestVni(Family.IPV4)))
                .isEqualTo("flannel.9999999");
        assertThat(Names.DEFAULT.vxlan(Family.IPV6, Names.largestVni(Family.IPV6)))
                .isEqualTo("flannel-v6.9999");
    }

    @ParameterizedTest
    @ValueSource(strings = {"Blue", "a-b", "seven77", "ü", "a b"})
    void refusesNamesThatDoNotFit(String name) {
        assertThatThrownBy(() -> new Names(name)).isInstanceOf(IllegalArgumentException.class);
    }

    private static List<String> all(Names names) {
        return List.of(
                names.tun(),
                names.masqueradeChain(),
                names.forwardChain(),
                names.table(Family.IPV4),
                names.table(Family.IPV6),
                names.peerFilterTable(),
                names.comment("flanneld masq"));
    }
}
