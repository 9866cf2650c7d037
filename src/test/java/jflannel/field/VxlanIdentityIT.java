package jflannel.field;

import static jflannel.field.FieldHost.eventually;
import static jflannel.field.FieldRow.of;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// VNI and port of the tunnel: changed, at odds with a peer's, taken by another device.
class VxlanIdentityIT {
    private static final String TAKEN =
            "ip link add other0 type vxlan id 55 dstport 8472 dev eth0 nolearning; ip link set other0 up";

    static List<FieldRow> rows() {
        return List.of(
                of("a VNI that is changed while the hosts run", VxlanIdentityIT::twoHosts, field -> {
                    field.put("config", vxlan(",\"VNI\":4096"));
                    onlyHas(field, "flannel.4096");
                }),
                of(
                        "a VNI that was changed while the hosts did not run",
                        field -> {
                            twoHosts(field);
                            restartWith(field, vxlan(",\"VNI\":7"), "");
                        },
                        field -> onlyHas(field, "flannel.7")),
                of(
                        "the same, on hosts that have lost their state files",
                        field -> {
                            twoHosts(field);
                            restartWith(field, vxlan(",\"VNI\":8"), "rm -f /run/flannel/state.json");
                        },
                        field -> onlyHas(field, "flannel.8")),
                of("a port that is changed while the hosts run", VxlanIdentityIT::twoHosts, field -> {
                    field.put("config", vxlan(",\"Port\":4789"));
                    eventually("the other port", () -> isEverywhere(field, "dstport 4789"));
                    assertThat(field.host(1).reaches(field.host(2))).isTrue();
                }),
                of("a backend that is changed, and back, on one port", VxlanIdentityIT::twoHosts, field -> {
                    field.put("config", FieldRow.config("\"Backend\":{\"Type\":\"udp\",\"Port\":8472}"));
                    onlyHas(field, "flannel0", "flannelg", "flannelh", "flannelv");
                    field.put("config", FieldRow.VXLAN);
                    onlyHas(field, "flannel.1");
                    assertThat(field.host(1).complaints()).doesNotContain("in use", "flannel0 ends");
                }),
                of(
                        "a peer with another VNI is left out, and named",
                        field -> {
                            field.put("config", vxlan(",\"VNI\":8"));
                            field.peer("10.70.200.0-24", 50);
                            field.host(1).run();
                        },
                        field -> {
                            eventually(
                                    "it is named",
                                    () -> field.host(1).complaints().contains("10.70.200.0/24"));
                            assertThat(field.host(1).complaints()).contains("VNI");
                            assertThat(field.host(1).sh("ip route show 10.70.200.0/24"))
                                    .isEmpty();
                        }),
                of(
                        "a VNI whose device would have too long a name",
                        field -> {
                            field.put("config", vxlan(",\"VNI\":10000000"));
                            field.host(1).start();
                        },
                        field -> eventually(
                                "the key is named", () -> field.host(1).log().contains("VNI"))),
                of(
                        "another device with the VNI stays, and is named",
                        field -> {
                            field.put("config", vxlan(",\"VNI\":55"));
                            field.host(1).sh(TAKEN);
                            field.host(1).start();
                        },
                        field -> {
                            eventually(
                                    "it is named",
                                    () -> field.host(1).complaints().contains("other0"));
                            field.host(1).sh("ip link show other0");
                        }),
                of(
                        "a VNI that is changed to one which another device has",
                        field -> {
                            field.host(1).run();
                            field.host(1).sh(TAKEN);
                            field.put("config", vxlan(",\"VNI\":55"));
                            eventually(
                                    "it is refused",
                                    () -> field.host(1).status().contains("other0"));
                        },
                        VxlanIdentityIT::goesOn),
                of(
                        "a port that is changed to one which another program has",
                        field -> {
                            twoHosts(field);
                            field.host(1).host().start("taken.log", "socat", "UDP4-LISTEN:2999", "EXEC:cat");
                            eventually(
                                    "it is taken",
                                    () -> field.host(1).sh("ss -Hlun").contains(":2999"));
                            field.put("config", vxlan(",\"Port\":2999"));
                            eventually(
                                    "it is refused",
                                    () -> field.host(1).status().contains("2999"));
                        },
                        VxlanIdentityIT::goesOn));
    }

    @FieldTable
    void isTakenCareOf(FieldRow row) throws Exception {
        row.play();
    }

    private static String vxlan(String options) {
        return FieldRow.config("\"Backend\":{\"Type\":\"vxlan\"" + options + "}");
    }

    private static void twoHosts(Field field) throws Exception {
        field.host(1).start();
        field.host(2).start();
        field.host(1).awaitReady();
        field.host(2).awaitReady();
    }

    private static void restartWith(Field field, String config, String meanwhile) throws Exception {
        for (int i = 1; i <= 2; i++) {
            FieldHost host = field.host(i);
            eventually("what is known is kept", () -> host.succeeds("test -s /run/flannel/state.json"));
            host.stop();
            host.sh(meanwhile);
        }
        field.put("config", config);
        twoHosts(field);
    }

    private static void onlyHas(Field field, String... devices) throws Exception {
        for (int i = 1; i <= 2; i++) {
            FieldHost host = field.host(i);
            eventually(
                    "only " + List.of(devices),
                    () -> host.sh("ls /sys/class/net | grep ^flannel").equals(String.join("\n", devices)));
        }
        assertThat(field.host(1).reaches(field.host(2))).isTrue();
    }

    private static boolean isEverywhere(Field field, String property) throws Exception {
        return field.host(1).sh("ip -d link show flannel.1").contains(property)
                && field.host(2).sh("ip -d link show flannel.1").contains(property);
    }

    /// With the former configuration, as if nobody had changed it.
    private static void goesOn(Field field) throws Exception {
        FieldHost host = field.host(1);
        assertThat(host.status()).contains("\"state\":\"degraded\"");
        field.peer("10.70.201.0-24", 51);
        eventually("a new peer", () -> !host.sh("ip route show 10.70.201.0/24").isEmpty());
        host.sh("ip link del flannel.1");
        eventually(
                "the device is back",
                () -> !host.sh("ip route show 10.70.201.0/24 dev flannel.1").isEmpty());
    }
}
