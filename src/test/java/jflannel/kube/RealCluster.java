package jflannel.kube;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jflannel.lab.kube.KubeRule;
import jflannel.testing.KubeAdmin;
import jflannel.testing.Sh;

/// A real kube-apiserver on a real etcd, where `KUBEBUILDER_ASSETS` names a folder that holds both, as is the custom of
/// tests of Kubernetes programs.
final class RealCluster extends Cluster {
    private static final String ADMIN = "admin-token";
    private static final String USER = "flannel-token";
    private static final int PATIENCE_SECONDS = 60;

    private static final String ASSETS = "KUBEBUILDER_ASSETS";

    private final Path assets;
    private Process etcd;
    private Process api;

    private RealCluster(Path folder, Path assets) {
        super(folder);
        this.assets = assets;
    }

    /// Skips the test if there are no such programs.
    static Cluster open(Path folder) throws IOException {
        String assets = System.getenv().getOrDefault(ASSETS, "");
        assumeTrue(!assets.isEmpty(), ASSETS + " is not set: it names a folder with kube-apiserver and etcd");
        for (String program : List.of("kube-apiserver", "etcd")) {
            assumeTrue(Files.isExecutable(Path.of(assets, program)), assets + " has no " + program);
        }
        RealCluster cluster = new RealCluster(folder, Path.of(assets));
        try {
            cluster.bringUp();
            return cluster;
        } catch (IOException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    private void bringUp() throws IOException {
        Files.writeString(
                folder.resolve("tokens.csv"),
                "%s,admin,1,\"system:masters\"%n%s,system:serviceaccount:kube-flannel:flannel,2%n"
                        .formatted(ADMIN, USER));
        Sh.sh("openssl genrsa -out %s/sa.key 2048 2>/dev/null".formatted(folder));
        etcd = run(
                "etcd",
                "--data-dir=" + folder.resolve("etcd"),
                "--unsafe-no-fsync",
                "--listen-peer-urls=http://127.0.0.1:2380");
        start();
        for (JsonNode document : KubeRule.documents(MANIFEST)) {
            if (!document.path("kind").asText().matches("DaemonSet|ConfigMap|ServiceAccount")) {
                create(admin(), document);
            }
        }
    }

    /// @return the HTTP status
    static int create(KubeAdmin admin, JsonNode object) throws IOException {
        String kind = object.path("kind").asText();
        String version = object.path("apiVersion").asText();
        String namespace = object.path("metadata").path("namespace").asText("");
        String path = (version.equals("v1") ? "/api/v1" : "/apis/" + version)
                + (namespace.isEmpty() ? "" : "/namespaces/" + namespace)
                + "/" + kind.toLowerCase(java.util.Locale.ROOT) + "s?fieldValidation=Strict";
        return admin.send("POST", path, object).statusCode();
    }

    private Process run(String program, String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL", "--"));
        all.add(assets.resolve(program).toString());
        all.addAll(List.of(words));
        return new ProcessBuilder(all)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve(program + ".log").toFile())
                .start();
    }

    @Override
    void start() throws IOException {
        String key = folder.resolve("sa.key").toString();
        api = run(
                "kube-apiserver",
                "--etcd-servers=http://127.0.0.1:2379",
                "--cert-dir=" + folder.resolve("certificates"),
                "--bind-address=127.0.0.1",
                "--secure-port=6443",
                "--advertise-address=192.0.2.250", // this namespace has no other than the loopback's
                "--endpoint-reconciler-type=none",
                "--service-cluster-ip-range=10.0.0.0/24",
                "--service-account-issuer=https://test.example",
                "--service-account-key-file=" + key,
                "--service-account-signing-key-file=" + key,
                "--authorization-mode=RBAC",
                "--token-auth-file=" + folder.resolve("tokens.csv"),
                "--disable-admission-plugins=ServiceAccount");
        long end = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
        while (!isReady()) {
            if (!api.isAlive() || System.nanoTime() > end) {
                throw new IOException(
                        "kube-apiserver does not serve:\n" + Files.readString(folder.resolve("kube-apiserver.log")));
            }
            Sh.sh("sleep 0.2");
        }
    }

    private boolean isReady() {
        try {
            return admin().send("GET", "/readyz", null).statusCode() == 200;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    String url() {
        return "https://127.0.0.1:6443";
    }

    @Override
    KubeAdmin admin() {
        return new KubeAdmin(url(), ADMIN);
    }

    @Override
    String token() {
        return USER;
    }

    @Override
    void stop() throws IOException {
        end(api);
    }

    @Override
    void compact() {
        // an API server keeps versions of its own, whatever etcd forgets
    }

    @Override
    void restore(String... lost) {
        // nobody has a backup
    }

    @Override
    void delayAnswersToPatches(Duration time) {
        // it answers as soon as it can
    }

    private static void end(Process process) throws IOException {
        if (process != null) {
            try {
                process.destroyForcibly().waitFor();
            } catch (InterruptedException e) {
                throw new IOException("interrupted", e);
            }
        }
    }

    @Override
    public void close() throws IOException {
        end(api);
        end(etcd);
    }
}
