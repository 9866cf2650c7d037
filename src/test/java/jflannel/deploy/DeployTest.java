package jflannel.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.ip.Family;
import jflannel.lab.kube.KubeRule;
import jflannel.lease.NetworkConfig;
import jflannel.options.Options;
import jflannel.testing.Chart;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What `deploy/` holds: objects that Kubernetes knows, alike in the manifest and in the chart.
class DeployTest {
    private static final Path MANIFEST = Path.of("deploy/kube-flannel.yml");
    private static final Chart CHART = new Chart(Path.of("deploy/chart"));
    private static final Map<String, Class<?>> KINDS = Map.of(
            "Namespace", Namespace.class,
            "ServiceAccount", ServiceAccount.class,
            "ConfigMap", ConfigMap.class,
            "ClusterRole", ClusterRole.class,
            "ClusterRoleBinding", ClusterRoleBinding.class,
            "DaemonSet", DaemonSet.class);

    /// Refuses fields that a kind does not have, which the models else collect.
    private static final ObjectMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .annotationIntrospector(new JacksonAnnotationIntrospector() {
                private static final long serialVersionUID = 1L;

                @Override
                public Boolean hasAnySetter(Annotated a) {
                    return false;
                }
            })
            .build();

    private static Map<String, JsonNode> byKind(List<JsonNode> objects) {
        Map<String, JsonNode> byKind = new TreeMap<>();
        objects.forEach(object -> assertThat(byKind.put(object.path("kind").asText(), object))
                .as("a second " + object.path("kind"))
                .isNull());
        return byKind;
    }

    private static <T> T typed(JsonNode object, Class<T> kind) throws IOException {
        return STRICT.treeToValue(object, kind);
    }

    @Test
    void everyFieldIsOneThatKubernetesKnows() throws IOException {
        for (JsonNode object : KubeRule.documents(MANIFEST)) {
            typed(object, KINDS.get(object.path("kind").asText()));
        }
        assertThat(KubeRule.documents(MANIFEST)).hasSize(KINDS.size());
    }

    @Test
    void noticesAFieldThatKubernetesDoesNotKnow() throws IOException {
        ObjectNode set = (ObjectNode) byKind(KubeRule.documents(MANIFEST)).get("DaemonSet");
        ((ObjectNode) set.at("/spec/template/spec")).put("hostNetwrk", true);
        assertThatThrownBy(() -> typed(set, DaemonSet.class))
                .isInstanceOf(JsonMappingException.class)
                .hasMessageContaining("hostNetwrk");
    }

    @Test
    void theChartMakesTheObjectsOfTheManifest() throws IOException {
        Map<String, JsonNode> manifest = byKind(KubeRule.documents(MANIFEST));
        manifest.remove("Namespace"); // helm makes it
        assertThat(withParsedFiles(byKind(CHART.render("kube-flannel", "")))).isEqualTo(withParsedFiles(manifest));
    }

    /// The JSON files in the ConfigMap may be laid out differently.
    private static Map<String, JsonNode> withParsedFiles(Map<String, JsonNode> objects) throws IOException {
        ObjectNode data = (ObjectNode) objects.get("ConfigMap").path("data");
        for (Map.Entry<String, JsonNode> file : data.deepCopy().properties()) {
            data.set(file.getKey(), STRICT.readTree(file.getValue().textValue()));
        }
        return objects;
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            {podCidr: 10.9.0.0/16}                              | 10.9.0.0/16   |                 | vxlan   | {'Type':'vxlan'}
            {podCidrv6: 'fd00:9::/48'}                          | 10.244.0.0/16 | fd00:9::/48     | vxlan   | {'Type':'vxlan'}
            {podCidr: '', podCidrv6: 'fd00:9::/48'}             |               | fd00:9::/48     | vxlan   | {'Type':'vxlan'}
            {flannel: {backend: host-gw, enableNFTables: true}} | 10.244.0.0/16 |                 | host-gw | {'Type':'host-gw'}
            {flannel: {vni: 7, backendPort: 4789, mtu: 9000, directRouting: true}} | 10.244.0.0/16 | | vxlan | {'VNI':7,'Port':4789,'MTU':9000,'DirectRouting':true,'Type':'vxlan'}
            """)
    void valuesBecomeTheNetworkConfiguration(String values, String v4, String v6, String backend, String options)
            throws IOException {
        JsonNode map = byKind(CHART.render("kube-flannel", values)).get("ConfigMap");
        String file = map.path("data").path("net-conf.json").textValue();
        NetworkConfig config = NetworkConfig.withGivenSubnets("net-conf.json", file);
        assertThat(config.pool(Family.IPV4)
                        .map(pool -> pool.network().toString())
                        .orElse(null))
                .isEqualTo(v4);
        assertThat(config.pool(Family.IPV6)
                        .map(pool -> pool.network().toString())
                        .orElse(null))
                .isEqualTo(v6);
        assertThat(config.type().title()).isEqualTo(backend);
        assertThat(STRICT.readTree(file).path("Backend")).isEqualTo(STRICT.readTree(options.replace('\'', '"')));
        assertThat(config.nftables()).isEqualTo(values.contains("enableNFTables"));
    }

    @Test
    void valuesBecomeTheDaemonSet() throws IOException {
        Map<String, JsonNode> objects = byKind(CHART.render("elsewhere", """
                flannel:
                  image: {repository: r.example/f, tag: "9"}
                  skipCNIConfigInstallation: true
                  cniBinDir: /usr/lib/cni
                  args: [--kube-subnet-mgr, --iface=eth1]
                  nodeSelector: {a: b}
                """));
        DaemonSet set = typed(objects.get("DaemonSet"), DaemonSet.class);
        var pod = set.getSpec().getTemplate().getSpec();
        assertThat(set.getMetadata().getNamespace()).isEqualTo("elsewhere");
        assertThat(pod.getNodeSelector()).isEqualTo(Map.of("a", "b"));
        assertThat(pod.getInitContainers()).hasSize(1);
        assertThat(pod.getInitContainers().getFirst().getArgs()).endsWith("/usr/lib/cni");
        assertThat(pod.getContainers().getFirst().getImage()).isEqualTo("r.example/f:9");
        assertThat(pod.getContainers().getFirst().getArgs())
                .containsExactly("--kube-subnet-mgr", "--iface=eth1", "--healthz-port=8081");
    }

    @Test
    void thePodRunsWhatThisVersionBuilds() throws IOException {
        DaemonSet set = typed(byKind(KubeRule.documents(MANIFEST)).get("DaemonSet"), DaemonSet.class);
        var pod = set.getSpec().getTemplate().getSpec();
        String version = Files.readString(Path.of("pom.xml")).split("</?version>")[1];
        assertThat(List.of(pod.getContainers(), pod.getInitContainers()))
                .allSatisfy(containers -> assertThat(containers)
                        .allSatisfy(it -> assertThat(it.getImage()).isEqualTo("jflannel/flanneld:" + version)));
        var flanneld = pod.getContainers().getFirst();
        assertThat(flanneld.getSecurityContext().getPrivileged()).isFalse();
        assertThat(flanneld.getSecurityContext().getCapabilities().getAdd())
                .containsExactly("NET_ADMIN", "NET_RAW", "BPF");
        assertThat(flanneld.getArgs())
                .allSatisfy(flag -> assertThat(Options.names()).contains(flag.replaceFirst("=.*", "")));
        assertThat(pod.getInitContainers())
                .allSatisfy(it -> assertThat(Path.of(
                                "src/main/dist/bin",
                                Path.of(it.getCommand().getFirst())
                                        .getFileName()
                                        .toString()))
                        .isExecutable());
    }
}
