package jflannel.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Map;
import jflannel.json.Json;
import jflannel.json.JsonException;

/// What comes in on the plugin's standard input, or stands in subnet.env, is understood or refused in CNI's way.
class CniFuzzTest {
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
            NetConf.parse(new String(data, UTF_8));
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
