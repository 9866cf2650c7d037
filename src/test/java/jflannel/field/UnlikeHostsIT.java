package jflannel.field;

import static jflannel.field.FieldHost.eventually;
import static jflannel.field.FieldRow.of;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// Hosts that do not carry the same.
class UnlikeHostsIT {
    static List<FieldRow> rows() {
        return List.of(
                of(
                        "a host with jumbo frames does not send them to one that drops them, and says so",
                        field -> {
                            field.host(1).sh("ip link set eth0 mtu 9000");
                            field.host(1).run();
                            field.host(2).run();
                        },
                        UnlikeHostsIT::sendsLess),
                of(
                        "so does a host that has less than is usual",
                        field -> {
                            field.host(2).sh("ip link set eth0 mtu 1400");
                            field.host(1).run();
                            field.host(2).run();
                        },
                        UnlikeHostsIT::sendsLess));
    }

    @FieldTable
    void mtus(FieldRow row) throws Exception {
        row.play();
    }

    private static void sendsLess(Field field) throws Exception {
        FieldHost sender = field.host(1);
        FieldHost receiver = field.host(2);
        String mtu = receiver.env("FLANNEL_MTU");
        eventually(
                "what arrives is all that is sent",
                () -> sender.sh("ip route show proto 102").contains("mtu " + mtu));
        eventually("it is said", () -> sender.complaints().contains(receiver.address() + " publish"));
        assertThat(sender.status()).contains("path-mtu");
        assertThat(receiver.status()).doesNotContain("path-mtu");
    }
}
