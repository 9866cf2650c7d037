package jflannel.field;

import static jflannel.field.FieldHost.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// A host that comes back with its state file, and with another address.
class OtherAddressIT {
    private static final String UDP = FieldRow.config("\"Backend\":{\"Type\":\"udp\"}");
    /// What DHCP does.
    private static final String ANOTHER_ADDRESS =
            "ip addr flush dev eth0; ip addr add 192.0.2.77/24 dev eth0; ip route add default via 192.0.2.1;";
    /// What a reboot does.
    private static final String NO_DEVICES =
            "for i in $(ls /sys/class/net | grep ^flannel); do ip link del $i 2>/dev/null || :; done;";
    /// What tells a copy from the original.
    private static final String ANOTHER_MAC = "ip link set eth0 address 02:00:00:00:77:77;";

    static List<FieldRow> rows() {
        return List.of(
                row("a host that is rebooted keeps its subnet", FieldRow.VXLAN, ANOTHER_ADDRESS, true),
                row("so it does with udp", UDP, ANOTHER_ADDRESS, true),
                row("a copy of a host does not have its subnet", FieldRow.VXLAN, ANOTHER_MAC + ANOTHER_ADDRESS, false),
                row("nor has it with udp", UDP, ANOTHER_MAC + ANOTHER_ADDRESS, false));
    }

    @FieldTable
    void whoseLeaseItIs(FieldRow row) throws Exception {
        row.play();
    }

    private static FieldRow row(String title, String config, String meanwhile, boolean kept) {
        return new FieldRow(title, config, field -> {}, field -> {
            FieldHost host = field.host(1);
            host.run();
            String subnet = host.env("FLANNEL_SUBNET");
            eventually("what is known is kept", () -> host.succeeds("grep -q '\"own\"' /run/flannel/state.json"));
            host.stop();
            host.sh(NO_DEVICES + meanwhile);
            host.run();
            assertThat(host.env("FLANNEL_SUBNET").equals(subnet)).isEqualTo(kept);
            assertThat(field.leases()).contains("\"PublicIP\":\"192.0.2.77\"");
            assertThat(field.leases().contains("\"PublicIP\":\"192.0.2.11\"")).isEqualTo(!kept);
        });
    }
}
