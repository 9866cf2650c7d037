package jflannel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jflannel.field.Field;
import jflannel.field.FieldHost;
import jflannel.inspect.LocalFlannel;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Faults on the way, in the store and of a second daemon, each found by its own check.
@ExtendWith(OwnNetns.class)
class ClusterFaultsIT {
    private final List<String> misses = new ArrayList<>();

    private static Report examine(FieldHost host, boolean probe, String... flags) throws IOException {
        return host.host().call(() -> Doctor.examine(LocalFlannel.find(List.of(flags), Map.of()), probe));
    }

    private void expect(Report report, String check, String words, String plant) {
        boolean found = report.found().stream()
                .anyMatch(it -> it.check().code().equals(check)
                        && (it.cause() + it.evidence() + it.remedy()).contains(words)
                        && !it.remedy().matches(".*\\{[a-z]+}.*"));
        if (!found) {
            misses.add(plant + "\n   not found: " + check + ", " + words + "; but " + report.found());
        }
    }

    @Test
    void eachFaultOfTheClusterIsNamed() throws Exception {
        try (Field field =
                Field.with("{\"Network\":\"%s\",\"Backend\":{\"Type\":\"vxlan\"}}".formatted(Field.NETWORK))) {
            FieldHost host = field.host(1);
            FieldHost other = field.host(2);
            host.run("--ip-masq");
            other.run("--ip-masq");
            String own = host.env("FLANNEL_SUBNET").replaceFirst("\\.1/24", "");
            theWay(field, host, other);
            host.stop();
            String[] flags = {"--etcd-endpoints=" + field.endpoint(), "--etcd-prefix=" + field.prefix()};
            theLeases(field, host, own, flags);
            theStore(field, host);
            theDaemons(field, host);
            assertThat(String.join("\n", misses)).isEmpty();
        }
    }

    /// With the daemon at work.
    private void theWay(Field field, FieldHost host, FieldHost other) throws IOException {
        String drop = "nft 'table bridge way { chain c { type filter hook forward priority 0; %s drop; }; }'";
        planted(field, host, "tunnel-blocked", "UDP port 8472", drop.formatted("udp dport 8472"));
        planted(field, host, "path-mtu", "MTU", drop.formatted("ip length > 1400"));
        planted(field, host, "peer-silent", "not answer", drop.formatted("ip daddr 192.0.2.12"));
        other.stop();
        other.sh("ip link del flannel.1; ip link add flannel.1 type vxlan id 1 local 192.0.2.12 dev eth0 dstport 4789;"
                + " ip link set flannel.1 up");
        expect(examine(host, true), "tunnel-port", "no tunnel at UDP port 8472", "another port at the peer");
        other.start("--ip-masq");
        other.awaitReady();
    }

    private void planted(Field field, FieldHost host, String check, String words, String script) throws IOException {
        field.router().sh(script);
        try {
            expect(examine(host, true), check, words, script);
        } finally {
            field.router().sh("nft delete table bridge way");
        }
    }

    private void theLeases(Field field, FieldHost host, String own, String... flags) throws IOException {
        stored(field, host, "shared-address", "192.0.2.12", "10.70.200.0-24", lease("192.0.2.12", 1, "21"), flags);
        stored(field, host, "shared-address", "as this one", "10.70.201.0-24", lease("192.0.2.11", 1, "22"), flags);
        stored(field, host, "peers-ignored", "its VNI is 7", "10.70.202.0-24", lease("192.0.2.77", 7, "23"), flags);
        stored(
                field,
                host,
                "leases-ignored",
                "not part of the network",
                "10.99.1.0-24",
                lease("192.0.2.78", 1, "24"),
                flags);
        host.sh("ip addr add 10.0.2.15/24 dev eth0");
        String mine = "subnets/" + own + ".0-24";
        String before = field.get(mine);
        field.put(mine, before.replace("192.0.2.11", "10.0.2.15"));
        expect(examine(host, false, flags), "vm-address", "--iface=", "10.0.2.15");
        host.sh("ip addr del 10.0.2.15/24 dev eth0");
        field.delete(mine);
        expect(examine(host, false, flags), "lease-lost", "no lease of this node", "the lease is deleted");
        String config = field.get("config");
        field.put("config", "{\"Network\":\"10.70.0.0/22\",\"SubnetLen\":24,\"Backend\":{\"Type\":\"vxlan\"}}");
        for (int i = 1; i < 4; i++) {
            field.put("subnets/10.70." + i + ".0-24", lease("192.0.2." + (60 + i), 1, "3" + i));
        }
        expect(examine(host, false, flags), "pool-exhausted", "no subnet left for this node", "a small network");
        for (int i = 1; i < 4; i++) {
            field.delete("subnets/10.70." + i + ".0-24");
        }
        field.put("config", "{\"Network\":7}");
        expect(examine(host, false, flags), "config-invalid", "Network", "a configuration that is none");
        field.put("config", config);
        field.put(mine, before);
    }

    private void stored(
            Field field, FieldHost host, String check, String words, String key, String value, String... flags)
            throws IOException {
        field.put("subnets/" + key, value);
        expect(examine(host, false, flags), check, words, key + " " + value);
        field.delete("subnets/" + key);
    }

    private static String lease(String ip, int vni, String mac) {
        return "{\"PublicIP\":\"%s\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":%d,\"VtepMAC\":\"02:00:00:00:02:%s\"}}"
                .formatted(ip, vni, mac);
    }

    private void theStore(Field field, FieldHost host) throws IOException {
        String right = "--etcd-endpoints=" + field.endpoint();
        String prefix = "--etcd-prefix=" + field.prefix();
        Map<String, String> endpoints = Map.of(
                "http://192.0.2.1:1", "store-refused",
                "http://192.0.2.200:2379", "store-silent",
                "http://no.such.host.invalid:2379", "store-name",
                "https://192.0.2.1:2379", "store-tls");
        for (Map.Entry<String, String> each : endpoints.entrySet()) {
            expect(
                    examine(host, false, "--etcd-endpoints=" + each.getKey(), prefix),
                    each.getValue(),
                    "",
                    each.getKey());
        }
        String key = field.prefix() + "/config";
        expect(
                examine(host, false, right, "--etcd-prefix=" + field.prefix().substring(1)),
                "config-prefix",
                key,
                "no slash");
        expect(
                examine(host, false, right, "--etcd-prefix=/no/such"),
                "config-missing",
                "put /no/such/config",
                "no key");
        field.router().sh("""
                etcd --name=old --enable-v2 --data-dir=/run/etcd2 --log-level=error --logger=zap --unsafe-no-fsync \\
                    --listen-client-urls=http://0.0.0.0:2479 --advertise-client-urls=http://192.0.2.1:2479 \\
                    --listen-peer-urls=http://127.0.0.1:2480 --initial-advertise-peer-urls=http://127.0.0.1:2480 \\
                    --initial-cluster=old=http://127.0.0.1:2480 > /run/etcd2.log 2>&1 & echo $! > /run/etcd2.pid
                for i in $(seq 100); do curl -s http://127.0.0.1:2479/health && break; sleep 0.1; done
                curl -s -XPUT http://127.0.0.1:2479/v2/keys/coreos.com/network/config -d value='{"Network":"10.1.0.0/16"}'
                """);
        expect(
                examine(host, false, "--etcd-endpoints=http://192.0.2.1:2479", "--etcd-prefix=/coreos.com/network"),
                "config-v2",
                "put /coreos.com/network/config '{\"Network\":\"10.1.0.0/16\"}'",
                "only API version 2");
        field.router().sh("kill $(cat /run/etcd2.pid)");
    }

    /// Processes that look like Go flannel's.
    private void theDaemons(Field field, FieldHost host) throws IOException {
        host.sh("""
                cp $(command -v bash) /run/flanneld; mkfifo /run/fifo
                echo 'exec 3<>/run/fifo; read -t 60 -u 3' > /run/daemon
                for i in 1 2; do
                    /run/flanneld /run/daemon --etcd-endpoints=%s --etcd-prefix=%s > /dev/null 2>&1 &
                    echo $! >> /run/daemons.pid
                done
                sleep 0.2
                """.formatted(field.endpoint(), field.prefix()));
        expect(examine(host, false), "other-daemon", "kill ", "two daemons");
        host.sh("kill $(cat /run/daemons.pid)");
    }
}
