package jflannel.field;

import static jflannel.field.FieldHost.eventually;
import static jflannel.field.FieldRow.of;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// Leases that cover the store, which the host knows by its name: it must not lose its store to them.
class StoreByNameIT {
    private static final String STORE = "10.70.77.5";
    private static final String LEASE = "10.70.77.0-24";

    static List<FieldRow> rows() {
        return List.of(
                of(
                        "a peer's lease that is there before the start",
                        field -> {
                            named(field);
                            field.peer(LEASE, 50);
                            start(field, STORE);
                            field.host(1).awaitReady();
                        },
                        StoreByNameIT::isLeftOut),
                of(
                        "a peer's lease that comes later",
                        field -> {
                            named(field);
                            start(field, STORE);
                            field.host(1).awaitReady();
                            field.peer(LEASE, 50);
                        },
                        StoreByNameIT::isLeftOut),
                of(
                        "the only subnet that is left for the host itself",
                        field -> {
                            named(field);
                            offer(field, "10.70.77.0");
                            start(field, STORE);
                            eventually(
                                    "it is refused",
                                    () -> field.host(1).complaints().contains("Every free /24"));
                            assertThat(field.leases()).isEmpty();
                            offer(field, "10.70.78.0");
                            field.host(1).awaitReady();
                        },
                        field -> assertThat(field.host(1).env("FLANNEL_SUBNET")).isEqualTo("10.70.78.1/24")));
    }

    @FieldTable
    void theHostKeepsItsStore(FieldRow row) throws Exception {
        row.play();
    }

    private static void named(Field field) throws Exception {
        field.router().sh("ip addr add " + STORE + "/32 dev lo");
        field.atEnd("ip addr del " + STORE + "/32 dev lo");
    }

    /// @param last subnet that hosts may have, from 10.70.77.0
    private static void offer(Field field, String last) throws Exception {
        field.put(
                "config",
                FieldRow.config("\"SubnetMin\":\"10.70.77.0\",\"SubnetMax\":\"%s\",\"Backend\":{\"Type\":\"vxlan\"}"
                        .formatted(last)));
    }

    private static void start(Field field, String address) throws Exception {
        field.host(1).sh("echo '%s store.example' > /run/hosts; mount --bind /run/hosts /etc/hosts".formatted(address));
        field.host(1).start("--etcd-endpoints=http://store.example:2379");
    }

    private static void isLeftOut(Field field) throws Exception {
        eventually(
                "the lease is named",
                () -> field.host(1).complaints().contains("10.70.77.0/24: it covers " + STORE + ", the store"));
        assertThat(field.host(1).sh("ip route show 10.70.77.0/24")).isEmpty();
        assertThat(field.host(1).succeeds("ping -qc1 -W3 " + STORE)).isTrue();
    }
}
