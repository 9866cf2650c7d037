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
                        },
                        StoreByNameIT::isLeftOut),
                of(
                        "a peer's lease that comes later",
                        field -> {
                            named(field);
                            start(field, STORE);
                            field.peer(LEASE, 50);
                        },
                        StoreByNameIT::isLeftOut),
                of(
                        "the only subnet that is left for the host itself",
                        field -> {
                            named(field);
                            field.put(
                                    "config",
                                    "{\"Network\":\"10.70.0.0/16\",\"SubnetMin\":\"10.70.77.0\",\"SubnetMax\":\"10.70.78.0\","
                                            + "\"Backend\":{\"Type\":\"vxlan\"}}");
                            start(field, STORE);
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

    private static void start(Field field, String address) throws Exception {
        field.host(1).sh("echo '%s store.example' > /run/hosts; mount --bind /run/hosts /etc/hosts".formatted(address));
        field.host(1).run("--etcd-endpoints=http://store.example:2379");
    }

    private static void isLeftOut(Field field) throws Exception {
        eventually(
                "the lease is named",
                () -> field.host(1).complaints().contains("10.70.77.0/24: it covers " + STORE + ", the store"));
        assertThat(field.host(1).sh("ip route show 10.70.77.0/24")).isEmpty();
        assertThat(field.host(1).succeeds("ping -qc1 -W3 " + STORE)).isTrue();
    }
}
