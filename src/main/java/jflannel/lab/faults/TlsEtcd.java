package jflannel.lab.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import jflannel.lab.Lab;
import jflannel.lab.LabHost;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.lab.LabStore;

/// An etcd with TLS on the store's host, beside the lab's own, whose configuration it takes over. Its certificates,
/// and those of the nodes, are of an authority that can be exchanged for another.
final class TlsEtcd {
    private static final int PORT = 6379;
    private static final int PATIENCE_SECONDS = 30;
    private static final String OWN = "https://127.0.0.1:" + PORT;
    private static final String PEERS = "http://127.0.0.1:" + (PORT + 1);

    /// Makes an authority, and certificates of it for etcd and its clients, which begin now and end after 30 days.
    private static final String MAKE = """
            rm -rf /run/tls; mkdir /run/tls; cd /run/tls
            new='-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'
            openssl req -x509 $new -days 30 -subj /CN=authority -keyout ca.key -out ca.pem 2>/dev/null
            for who in server client; do
              openssl req $new -subj /CN=$who -keyout $who.key -out $who.csr 2>/dev/null
              echo subjectAltName=IP:10.168.0.254,IP:127.0.0.1 > ext
              openssl x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 30 -extfile ext \
                -out $who.pem 2>/dev/null
            done
            """;

    private final LabHost host;
    private LabProcess etcd;

    TlsEtcd(Lab lab) throws IOException {
        this.host = lab.store().host();
        host.sh(MAKE);
        start();
        put("config", lab.store().get("config"));
    }

    /// For flanneld.
    ///
    /// @param address of the store's host
    static List<String> flags(String address) {
        return List.of(
                "--etcd-endpoints=https://" + address + ":" + PORT,
                "--etcd-cafile=/run/tls/ca.pem",
                "--etcd-certfile=/run/tls/client.pem",
                "--etcd-keyfile=/run/tls/client.key");
    }

    /// Puts the clients' certificates onto a node, as a program that rotates them would: one file after another.
    void giveCertificates(LabNode node) throws IOException {
        node.sh("mkdir -p /run/tls; for f in ca.pem client.pem client.key; do cp "
                + host.run().resolve("tls") + "/$f /run/tls/$f; done");
    }

    /// Ends etcd and starts it with certificates of an authority that nobody knows yet.
    void exchangeAuthority() throws IOException {
        etcd.terminate(PATIENCE_SECONDS);
        host.sh(MAKE);
        start();
    }

    /// Ends etcd, and with it all connections, and starts it again.
    void restart() throws IOException {
        etcd.terminate(PATIENCE_SECONDS);
        start();
    }

    private void start() throws IOException {
        etcd = host.start(
                "etcd-tls.log",
                "etcd",
                "--name=tls",
                "--data-dir=/run/etcd-tls",
                "--log-level=warn",
                "--logger=zap",
                "--unsafe-no-fsync",
                "--listen-client-urls=https://0.0.0.0:" + PORT,
                "--advertise-client-urls=" + OWN,
                "--listen-peer-urls=" + PEERS,
                "--initial-advertise-peer-urls=" + PEERS,
                "--initial-cluster=tls=" + PEERS,
                "--cert-file=/run/tls/server.pem",
                "--key-file=/run/tls/server.key",
                "--client-cert-auth",
                "--trusted-ca-file=/run/tls/ca.pem");
        if (!LabCluster.await(PATIENCE_SECONDS, () -> etcdctl("get", "nothing") == 0)) {
            throw new IOException("an etcd with TLS did not come up:\n" + String.join("\n", etcd.tail(10)));
        }
    }

    /// @param key below the prefix
    void put(String key, String value) throws IOException {
        if (etcdctl("put", LabStore.PREFIX + "/" + key, "--", value) != 0) {
            throw new IOException("the etcd with TLS does not take " + key);
        }
    }

    void delete(String key) throws IOException {
        etcdctl("del", LabStore.PREFIX + "/" + key);
    }

    private int etcdctl(String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of(
                "env",
                "ETCDCTL_API=3",
                "etcdctl",
                "--command-timeout=2s",
                "--endpoints=" + OWN,
                "--cacert=/run/tls/ca.pem",
                "--cert=/run/tls/client.pem",
                "--key=/run/tls/client.key"));
        all.addAll(List.of(words));
        return host.attempt(all.toArray(String[]::new)).exitCode();
    }
}
