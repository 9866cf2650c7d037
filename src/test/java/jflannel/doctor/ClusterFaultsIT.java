package jflannel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import jflannel.field.Field;
import jflannel.field.FieldHost;
import jflannel.inspect.LocalFlannel;
import jflannel.lab.LabProcess;
import jflannel.lab.kube.KubeApi;
import jflannel.lab.kube.KubeRule;
import jflannel.testing.KubeAdmin;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Faults on the way, in the store and of a second daemon, each found by its own check.
@ExtendWith(OwnNetns.class)
class ClusterFaultsIT {
    private final Misses misses = new Misses();

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
            theStoresDoor(field, host);
            kubernetes(field, host);
            theDaemons(field, host);
            assertThat(misses.words()).isEmpty();
        }
    }

    /// With the daemon at work.
    private void theWay(Field field, FieldHost host, FieldHost other) throws IOException {
        String drop = "nft 'table bridge way { chain c { type filter hook forward priority 0; %s drop; }; }'";
        planted(field, host, "tunnel-blocked", "UDP port 8472", drop.formatted("udp dport 8472"));
        planted(field, host, "path-mtu", "MTU", drop.formatted("ip length > 1400"));
        planted(field, host, "peer-silent", "not answer", drop.formatted("ip daddr 192.0.2.12"));
        pinned(host);
        takenPort(field, host);
        host.sh("kill -STOP " + host.flanneld().pid());
        misses.expect(
                Misses.examine(host, false),
                "daemon-down",
                "kill -CONT " + host.flanneld().pid(),
                "a stopped daemon");
        host.sh("kill -CONT " + host.flanneld().pid());
        host.sh("ip rule add to 192.0.2.12 unreachable");
        FieldHost.eventually("the daemon says it", () -> host.status().contains("peers-unreachable"));
        misses.expect(Misses.examine(host, false), "tunnel-route", "ip rule delete priority", "a rule that refuses");
        host.sh("ip rule del to 192.0.2.12 unreachable");
        FieldHost.eventually("it is undone", () -> !host.status().contains("peers-unreachable"));
        host.sh("ip link add tun9 type veth peer name tun8; ip link set tun9 up; ip route add 10.70.0.0/17 dev tun9");
        FieldHost.eventually("the daemon says it", () -> host.status().contains("network-overlap"));
        host.sh("ip link del tun9"); // the kernel says nothing of the route
        FieldHost.eventually("it is undone", () -> !host.status().contains("network-overlap"));
        if (host.succeeds("ip xfrm policy add dir out src 192.0.2.11 dst 192.0.2.12 proto udp action block")) {
            misses.expect(Misses.examine(host, true), "tunnel-blocked", "ip xfrm policy", "an IPsec policy");
            host.sh("ip xfrm policy flush");
        }
        other.stop();
        other.sh("ip link del flannel.1; ip link add flannel.1 type vxlan id 1 local 192.0.2.12 dev eth0 dstport 4789;"
                + " ip link set flannel.1 up");
        misses.expect(
                Misses.examine(host, true), "tunnel-port", "no tunnel at UDP port 8472", "another port at the peer");
        other.start("--ip-masq");
        other.awaitReady();
    }

    /// Entries for a host and for a gateway that are right are no fault; those of another network card are.
    private void pinned(FieldHost host) throws IOException {
        String wrong = "lladdr 02:00:00:00:00:99 dev eth0 nud permanent";
        String right = "ping -c1 -W5 192.0.2.1 > /dev/null; ip neigh replace 192.0.2.1 dev eth0 nud permanent lladdr"
                + " $(ip neigh show 192.0.2.1 dev eth0 | sed 's/.*lladdr \\([^ ]*\\).*/\\1/')";
        host.sh(right);
        assertThat(Misses.codes(Misses.examine(host, true))).isEmpty();
        host.sh("ip neigh replace 192.0.2.12 " + wrong);
        misses.expect(Misses.examine(host, true), "neighbor", "ip neigh delete 192.0.2.12 dev eth0", "a pinned peer");
        FieldHost.eventually("the daemon says it", () -> host.status().contains("neighbor-wrong"));
        host.sh("ip neigh del 192.0.2.12 dev eth0; ip neigh del 192.0.2.1 dev eth0");
        FieldHost.eventually("it is undone", () -> !host.status().contains("neighbor-wrong"));
    }

    /// The tunnel of the former configuration is no fault while the port of the new one is taken.
    private void takenPort(Field field, FieldHost host) throws IOException {
        String config = field.get("config");
        LabProcess other = host.host().start("python.log", "python3", "-c", """
                import socket, time
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("0.0.0.0", 2999)); time.sleep(100)
                """);
        FieldHost.eventually("it is taken", () -> host.sh("ss -lun").contains(":2999"));
        field.put("config", config.replace("\"vxlan\"", "\"vxlan\",\"Port\":2999"));
        FieldHost.eventually("it is refused", () -> host.status().contains("configuration-refused"));
        misses.expect(Misses.examine(host, false), "reported", "port 2999", "a taken port");
        assertThat(Misses.codes(Misses.examine(host, false))).doesNotContain("device");
        other.terminate(5);
        field.put("config", config);
        FieldHost.eventually("it is undone", () -> host.status().contains("\"state\":\"ready\""));
    }

    private void planted(Field field, FieldHost host, String check, String words, String script) throws IOException {
        field.router().sh(script);
        try {
            misses.expect(Misses.examine(host, true), check, words, script);
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
        misses.expect(Misses.examine(host, false, flags), "vm-address", "--iface=", "10.0.2.15");
        host.sh("ip addr del 10.0.2.15/24 dev eth0");
        field.delete(mine);
        misses.expect(
                Misses.examine(host, false, flags), "lease-lost", "no lease of this node", "the lease is deleted");
        String config = field.get("config");
        field.put("config", "{\"Network\":\"10.70.0.0/22\",\"SubnetLen\":24,\"Backend\":{\"Type\":\"vxlan\"}}");
        for (int i = 1; i < 4; i++) {
            field.put("subnets/10.70." + i + ".0-24", lease("192.0.2." + (60 + i), 1, "3" + i));
        }
        misses.expect(
                Misses.examine(host, false, flags),
                "pool-exhausted",
                "no subnet left for this node",
                "a small network");
        for (int i = 1; i < 4; i++) {
            field.delete("subnets/10.70." + i + ".0-24");
        }
        field.put("config", "{\"Network\":7}");
        misses.expect(Misses.examine(host, false, flags), "config-invalid", "Network", "a configuration that is none");
        field.put("config", config);
        field.put(mine, before);
    }

    private void stored(
            Field field, FieldHost host, String check, String words, String key, String value, String... flags)
            throws IOException {
        field.put("subnets/" + key, value);
        misses.expect(Misses.examine(host, false, flags), check, words, key + " " + value);
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
            misses.expect(
                    Misses.examine(host, false, "--etcd-endpoints=" + each.getKey(), prefix),
                    each.getValue(),
                    "",
                    each.getKey());
        }
        String key = field.prefix() + "/config";
        misses.expect(
                Misses.examine(
                        host, false, right, "--etcd-prefix=" + field.prefix().substring(1)),
                "config-prefix",
                key,
                "no slash");
        field.router().sh("ETCDCTL_API=3 etcdctl put /slashes//config '{}'");
        misses.expect(
                Misses.examine(host, false, right, "--etcd-prefix=/slashes"),
                "config-prefix",
                "flanneld reads /slashes/config",
                "one slash too many in the store");
        assertThat(Misses.codes(Misses.examine(host, false, right, "--etcd-prefix=/" + field.prefix())))
                .doesNotContain("config-");
        assertThat(Misses.codes(Misses.examine(host, false, right, prefix + "/")))
                .doesNotContain("config-");
        misses.expect(
                Misses.examine(host, false, right, "--etcd-prefix=/no/such"),
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
        misses.expect(
                Misses.examine(
                        host, false, "--etcd-endpoints=http://192.0.2.1:2479", "--etcd-prefix=/coreos.com/network"),
                "config-v2",
                "put /coreos.com/network/config '{\"Network\":\"10.1.0.0/16\"}'",
                "only API version 2");
        field.router().sh("kill $(cat /run/etcd2.pid)");
    }

    /// An etcd that wants TLS, a password, or both.
    private void theStoresDoor(Field field, FieldHost host) throws IOException {
        field.router().sh("""
                mkdir -p /run/tls; cd /run/tls
                new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
                for who in right wrong; do
                    openssl req -x509 $new -days 30 -subj /CN=$who -keyout $who.key -out $who.pem 2>/dev/null
                done
                openssl req $new -subj /CN=server -keyout server.key -out server.csr 2>/dev/null
                echo subjectAltName=IP:192.0.2.1,IP:127.0.0.1 > ext
                openssl x509 -req -in server.csr -CA right.pem -CAkey right.key -CAcreateserial -days 30 \\
                    -extfile ext -out server.pem 2>/dev/null
                etcd --name=door --data-dir=/run/etcd3 --log-level=error --logger=zap --unsafe-no-fsync \\
                    --listen-client-urls=https://0.0.0.0:2579 --advertise-client-urls=https://192.0.2.1:2579 \\
                    --listen-peer-urls=http://127.0.0.1:2580 --initial-advertise-peer-urls=http://127.0.0.1:2580 \\
                    --initial-cluster=door=http://127.0.0.1:2580 --cert-file=server.pem --key-file=server.key \\
                    > /run/etcd3.log 2>&1 & echo $! > /run/etcd3.pid
                e='etcdctl --endpoints=https://127.0.0.1:2579 --cacert=right.pem'
                for i in $(seq 100); do ETCDCTL_API=3 $e get x > /dev/null 2>&1 && break; sleep 0.1; done
                export ETCDCTL_API=3
                $e put /door/config '{"Network":"10.70.0.0/16"}'
                $e user add root:secret0; $e user grant-role root root; $e auth enable
                """);
        String folder = field.router().run() + "/tls/";
        host.sh("mkdir -p /run/tls; cp " + folder + "*.pem /run/tls");
        String[] door = {"--etcd-endpoints=https://192.0.2.1:2579", "--etcd-prefix=/door"};
        String right = "--etcd-cafile=/run/tls/right.pem";
        String user = "--etcd-username=root";
        String password = "--etcd-password=secret0";
        misses.expect(
                Misses.examine(host, false, door[0], door[1], "--etcd-cafile=/run/tls/wrong.pem", user, password),
                "store-certificate",
                "--etcd-cafile",
                "another authority");
        Report wrong = Misses.examine(host, false, door[0], door[1], right, user, "--etcd-password=another");
        misses.expect(wrong, "store-credentials", "--etcd-password", "a wrong password");
        assertThat(wrong.toString()).doesNotContain("another");
        misses.expect(
                Misses.examine(host, false, door[0], door[1], right),
                "store-credentials",
                "--etcd-username",
                "no password");
        assertThat(Misses.codes(Misses.examine(host, false, door[0], door[1], right, user, password)))
                .doesNotContain("store-");
        field.router().sh("kill $(cat /run/etcd3.pid)");
    }

    private void kubernetes(Field field, FieldHost host) throws IOException {
        KubeApi api = field.router()
                .call(() -> KubeApi.start(
                        new InetSocketAddress("192.0.2.1", 8080),
                        KubeRule.of(Path.of("deploy/kube-flannel.yml")),
                        null));
        try {
            KubeAdmin admin = new KubeAdmin(api.url(), KubeApi.ADMIN);
            KubeAdmin.kubeconfig(host.host().run().resolve("kubeconfig"), api.url(), KubeApi.USER);
            host.sh("echo '{\"Network\":\"%s\",\"Backend\":{\"Type\":\"vxlan\"}}' > /run/net-conf.json"
                    .formatted(Field.NETWORK));
            for (String podCidr : List.of("10.70.9.0/24", "10.99.9.0/24", "")) {
                String node = "node" + podCidr.replaceAll("[./]", "-");
                field.router().call(() -> {
                    admin.register(node, podCidr.isEmpty() ? List.of() : List.of(podCidr));
                    return null;
                });
                Report report = host.host()
                        .call(() -> Doctor.examine(
                                LocalFlannel.find(
                                        List.of(
                                                "--kube-subnet-mgr",
                                                "--kube-api-url=" + api.url(),
                                                "--kubeconfig-file=/run/kubeconfig",
                                                "--net-config-path=/run/net-conf.json"),
                                        Map.of("NODE_NAME", node)),
                                false));
                if (podCidr.startsWith("10.70.")) {
                    assertThat(Misses.codes(report)).doesNotContain("pod-cidr", "store-");
                } else {
                    misses.expect(
                            report, "pod-cidr", podCidr.isEmpty() ? "no podCIDR yet" : podCidr, "podCIDR " + podCidr);
                }
            }
        } finally {
            api.close();
        }
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
        misses.expect(Misses.examine(host, false), "other-daemon", "kill ", "two daemons");
        host.sh("kill $(cat /run/daemons.pid)");
    }
}
