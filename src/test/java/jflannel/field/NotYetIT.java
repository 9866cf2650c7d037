package jflannel.field;

import static jflannel.field.FieldHost.eventually;
import static jflannel.field.FieldRow.config;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import jflannel.lab.Pause;

/// A host that cannot follow the configuration when its daemon starts: it waits, as it would while running.
class NotYetIT {
    static List<FieldRow> rows() {
        return List.of(
                FieldRow.of(
                        "a kernel module, and then a CA that another program writes",
                        field -> {
                            FieldHost host = field.host(1);
                            host.sh("mkdir /run/none; mount --bind /run/none /proc/sys/net/bridge");
                            host.start("--etcd-cafile=/run/ca.pem");
                            eventually(
                                    "the file is named",
                                    () -> host.complaints().contains("--etcd-cafile: \"/run/ca.pem\" cannot be used"));
                            eventually(
                                    "the condition is raised",
                                    () -> host.status().contains("credentials-refused"));
                            host.sh("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9"
                                    + " -subj /CN=ca -keyout /run/ca.key -out /run/new.pem 2>/dev/null;"
                                    + " mv /run/new.pem /run/ca.pem");
                            eventually(
                                    "the module is named",
                                    () -> host.complaints().contains("modprobe br_netfilter"));
                        },
                        field -> {
                            field.host(1).sh("umount /proc/sys/net/bridge");
                            field.host(1).awaitReady();
                            assertThat(field.host(1).status())
                                    .doesNotContain("credentials-refused", "configuration-refused");
                        }),
                new FieldRow(
                        "an interface that is too narrow for a tunnel with IPv6",
                        config("\"EnableIPv6\":true,\"IPv6Network\":\"fd00:70::/48\",\"Backend\":{\"Type\":\"vxlan\"}"),
                        field -> {
                            field.host(1).sh("ip link set eth0 mtu 1280; ip addr add fd00:1::11/64 dev eth0 nodad");
                            field.host(1).start("--iface=eth0");
                            eventually(
                                    "it is named",
                                    () -> field.host(1).complaints().contains("IPv6 needs at least 1280"));
                        },
                        field -> {
                            field.host(1).sh("ip link set eth0 mtu 1500");
                            field.host(1).awaitReady();
                        }),
                FieldRow.of(
                        "an interface that is unplugged while the daemon runs",
                        field -> {
                            field.host(1).run("--iface=eth0");
                            field.host(1).sh("ip link set eth0 down; ip link set eth0 name away");
                            eventually(
                                    "it is named",
                                    () -> field.host(1).complaints().contains("--iface=eth0"));
                        },
                        field -> {
                            Pause.millis(2500);
                            assertThat(field.host(1).complaints().lines())
                                    .filteredOn(line -> line.startsWith("W interface: "))
                                    .as("said once")
                                    .hasSize(1);
                            field.host(1)
                                    .sh("ip link set away name eth0; ip link set eth0 up;"
                                            + " ip route add default via " + FieldStore.ADDRESS);
                            field.host(1).awaitReady();
                        }),
                new FieldRow(
                        "a network whose only subnet overlaps what the host has",
                        "{\"Network\":\"10.70.0.0/16\",\"SubnetMin\":\"10.70.9.0\",\"SubnetMax\":\"10.70.9.0\","
                                + "\"Backend\":{\"Type\":\"vxlan\"}}",
                        field -> {
                            field.host(1).sh("ip link add lan0 type bridge; ip addr add 10.70.9.4/22 dev lan0");
                            field.host(1).start();
                            eventually(
                                    "it is told",
                                    () -> field.host(1).complaints().contains("network of this host"));
                        },
                        field -> {
                            field.host(1).sh("ip link del lan0");
                            field.host(1).awaitReady();
                        }));
    }

    @FieldTable
    void isWaitedFor(FieldRow row) throws Exception {
        row.play();
    }
}
