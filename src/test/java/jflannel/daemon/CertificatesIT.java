package jflannel.daemon;

import static jflannel.daemon.Labs.lab;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;

/// Certificates that are replaced on the disk are used without a restart.
class CertificatesIT {
    private static final String URL = "https://10.168.0.254:6379";
    /// Makes an authority, and certificates of it for etcd and its clients, in a folder.
    private static final String MAKE = """
            mkdir -p %1$s; cd %1$s
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 9 -subj /CN=%2$s \
              -keyout ca.key -out ca.pem 2>/dev/null
            for who in server client; do
              openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$who -keyout $who.key \
                -out $who.csr 2>/dev/null
              echo subjectAltName=IP:10.168.0.254,IP:127.0.0.1 > ext
              openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 9 -extfile ext \
                -out $who.pem 2>/dev/null
            done
            """;

    @Test
    void newCertificatesAreUsedWithoutARestart() throws Exception {
        LabSetup setup = LabSetup.of(Scenario.VXLAN)
                .withNodes(2)
                .withFlags(
                        "--etcd-endpoints=" + URL,
                        "--etcd-cafile=/run/tls/ca.pem",
                        "--etcd-certfile=/run/tls/client.pem",
                        "--etcd-keyfile=/run/tls/client.key");
        try (Lab lab = Lab.prepared(setup, Lab.Progress.NONE)) {
            lab.store().host().sh(MAKE.formatted("/run/old", "old") + MAKE.formatted("/run/new", "new"));
            LabProcess etcd = etcd(lab, "old");
            etcdctl(lab, "old", "put /coreos.com/network/config '" + lab.store().get("config") + "'");
            for (LabNode node : lab.nodes()) {
                copy(lab, node, "old");
                node.startFlanneld();
            }
            for (LabNode node : lab.nodes()) {
                lab.attach(node);
            }
            lab.reach(1, 2, jflannel.ip.Family.IPV4, 10);
            Traffic traffic = new Traffic(lab, 1, 2, 60);
            LabNode node = lab.node(1);
            node.sh("echo broken > /run/tls/ca.pem");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> node.flanneld().output().contains("credentials: the new ones cannot be used"));
            etcd.terminate(10);
            etcd(lab, "new");
            copy(lab, node, "new");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> node.flanneld().output().contains("certificates for the store were replaced"));
            etcdctl(
                    lab,
                    "new",
                    "put /coreos.com/network/subnets/100.96.99.0-24 '{\"PublicIP\":\"10.168.0.99\","
                            + "\"BackendType\":\"vxlan\",\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"02:00:00:00:00:99\"}}'");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> node.sh("ip route").contains("100.96.99.0/24"));
            Traffic.Count ping = traffic.end();
            assertThat(ping.received()).isGreaterThan(100);
            assertThat(ping.lost()).isZero();
        }
    }

    private static LabProcess etcd(Lab lab, String folder) throws Exception {
        String run = "/run/" + folder + "/";
        LabProcess etcd = lab.store()
                .host()
                .start(
                        "etcd-tls.log",
                        "etcd",
                        "--name=tls",
                        "--data-dir=/run/etcd-tls",
                        "--unsafe-no-fsync",
                        "--listen-client-urls=" + URL,
                        "--advertise-client-urls=" + URL,
                        "--listen-peer-urls=http://127.0.0.1:6380",
                        "--initial-advertise-peer-urls=http://127.0.0.1:6380",
                        "--initial-cluster=tls=http://127.0.0.1:6380",
                        "--cert-file=" + run + "server.pem",
                        "--key-file=" + run + "server.key",
                        "--client-cert-auth",
                        "--trusted-ca-file=" + run + "ca.pem");
        await().atMost(Duration.ofSeconds(30)).ignoreExceptions().until(() -> {
            etcdctl(lab, folder, "get nothing");
            return true;
        });
        return etcd;
    }

    private static void etcdctl(Lab lab, String folder, String words) throws Exception {
        String run = "/run/" + folder + "/";
        lab.store()
                .host()
                .sh("ETCDCTL_API=3 etcdctl --command-timeout=3s --endpoints=" + URL + " --cacert=" + run
                        + "ca.pem --cert=" + run + "client.pem --key=" + run + "client.key " + words);
    }

    /// As a program that rotates certificates would: one file after another.
    private static void copy(Lab lab, LabNode node, String folder) throws Exception {
        String from = lab.store().host().run().resolve(folder).toString();
        node.sh("mkdir -p /run/tls; for f in ca.pem client.pem client.key; do cp " + from + "/$f /run/tls/$f; done");
    }
}
