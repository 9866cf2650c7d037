package jflannel.dataplane;

import static jflannel.testing.Sh.sh;
import static jflannel.testing.Sh.succeeds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jflannel.linux.KernelException;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(OwnNetns.class)
class TunIT {
    @Test
    void makesABareDeviceThatEndsWithTheDescriptor() throws Exception {
        try (Tun tun = Tun.open("flannel0", 1, false)) {
            assertThat(tun.name()).isEqualTo("flannel0");
            assertThat(sh("cat /proc/net/dev | grep -c flannel0")).isEqualTo("1");
            assertThat(sh("ip -d link show flannel0"))
                    .startsWith(tun.ifIndex() + ": flannel0:")
                    .contains("tun type tun pi off vnet_hdr on persist off")
                    .contains("state DOWN");
        }
        assertThat(succeeds("ip link show flannel0")).isFalse();
    }

    @Test
    void aPatternGivesTheFirstFreeNumber() throws Exception {
        try (Tun first = Tun.open("flannel%d", 1, false);
                Tun second = Tun.open("flannel%d", 1, false)) {
            assertThat(first.name()).isEqualTo("flannel0");
            assertThat(second.name()).isEqualTo("flannel1");
            assertThat(second.ifIndex()).isGreaterThan(first.ifIndex());
        }
    }

    @Test
    void attachesToADeviceThatIsThereAndLeavesItThere() throws Exception {
        sh("ip tuntap add flannel0 mode tun; ip addr add 10.5.1.0/32 dev flannel0");
        try (Tun tun = Tun.open("flannel0", 1, false)) {
            assertThat(sh("cat /proc/self/net/fib_trie")).contains("10.5.1.0");
            assertThat(sh("ip -o link show flannel0")).startsWith(tun.ifIndex() + ": ");
            assertThatThrownBy(() -> Tun.open("flannel0", 1, false))
                    .isInstanceOf(KernelException.class)
                    .hasMessageContaining("flannel0: Device or resource busy");
        }
        assertThat(sh("ip -o -4 addr show flannel0")).contains("10.5.1.0/32");
    }

    @Test
    void aDeviceOfAnotherKindIsNotTaken() throws Exception {
        sh("ip link add flannel0 type bridge");
        assertThatThrownBy(() -> Tun.open("flannel0", 1, false))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("open the TUN device flannel0");
    }

    @Test
    void aPersistentDeviceStaysWithAddressesAndRoutesAndCarriesAgainWhenOpened() throws Exception {
        try (Tun tun = Tun.open("flannel0", 1, true)) {
            sh(
                    "ip addr add 10.5.1.0/32 dev flannel0; ip link set flannel0 up mtu 1400; ip route add 10.5.0.0/16 dev flannel0");
            assertThat(sh("ip link show " + tun.name())).contains("LOWER_UP");
        }
        assertThat(sh("ip link show flannel0")).contains("NO-CARRIER").contains("mtu 1400");
        try (Tun tun = Tun.open("flannel0", 1, true)) {
            assertThat(sh("ip link show " + tun.name())).contains("LOWER_UP").contains("mtu 1400");
            assertThat(sh("ip route; ip addr show flannel0"))
                    .contains("10.5.0.0/16 dev flannel0")
                    .contains("10.5.1.0/32");
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 2, 2", "2, 1, 1"})
    void aPersistentDeviceWithAnotherNumberOfQueuesIsMadeAnew(int before, int after, int queues) throws Exception {
        int first;
        try (Tun tun = Tun.open("flannel0", before, true)) {
            first = tun.ifIndex();
            sh("ip addr add 10.5.1.0/32 dev flannel0");
        }
        try (Tun tun = Tun.open("flannel0", after, true)) {
            assertThat(tun.ifIndex()).isNotEqualTo(first);
            assertThat(sh("ip addr show flannel0")).doesNotContain("10.5.1.0");
            assertThat(sh("ip -d link show flannel0 | grep -c multi_queue || true"))
                    .isEqualTo(queues > 1 ? "1" : "0");
        }
        sh("ip link del flannel0");
    }
}
