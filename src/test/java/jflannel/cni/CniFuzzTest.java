package jflannel.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.json.Json;
import jflannel.json.JsonException;

/// What comes in on the plugin's standard input, or stands in subnet.env, is understood or refused in CNI's way.
class CniFuzzTest {
    private static final SubnetEnvironment SUBNET =
            new SubnetEnvironment(List.of(Cidr.parse("10.5.0.0/16")), List.of(Cidr.parse("10.5.1.0/24")), 1450, true);

    @FuzzTest
    void json(byte[] data) {
        Map<String, Object> object;
        try {
            object = Json.object(new String(data, UTF_8));
        } catch (JsonException e) {
            assertThat(e.getMessage()).isNotBlank();
            return;
        }
        String written = Json.compact(object);
        assertThat(Json.compact(Json.object(written))).isEqualTo(written);
        assertThat(Json.compact(Json.object(Json.indented(object)))).isEqualTo(written);
    }

    @FuzzTest
    void netConf(byte[] data) {
        try {
            NetConf conf = NetConf.parse(new String(data, UTF_8));
            if (conf.all().get("prevResult") instanceof Map<?, ?> result) {
                assertThat(Gateways.named(result)).isNotNull();
            }
            String given = Json.compact(DelegateConf.of(conf, SUBNET));
            assertThat(Json.object(given)).containsEntry("name", conf.name()).containsKey("type");
        } catch (CniException e) {
            assertThat(e.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void subnetEnvironment(byte[] data) {
        try {
            SubnetEnvironment.parse("subnet.env", new String(data, UTF_8));
        } catch (CniException e) {
            assertThat(e.getMessage()).contains("subnet.env");
        }
    }
}
