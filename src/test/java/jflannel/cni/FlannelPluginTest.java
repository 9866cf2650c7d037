package jflannel.cni;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import jflannel.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What the plugin answers before it comes to a delegate.
class FlannelPluginTest {
    private static final String CONF = "{\"cniVersion\":\"1.1.0\",\"name\":\"n\",\"dataDir\":\"/nowhere/data\","
            + "\"subnetFile\":\"/nowhere/subnet.env\"}";

    private static Answer answer(String stdin, String... variables) {
        Map<String, String> environment = new HashMap<>(Map.of(
                "CNI_COMMAND", "ADD",
                "CNI_CONTAINERID", "pod-1",
                "CNI_IFNAME", "eth0",
                "CNI_NETNS", "/nowhere/netns",
                "CNI_PATH", "/nowhere/bin"));
        for (String variable : variables) {
            String[] parts = variable.split("=", 2);
            environment.put("CNI_" + parts[0], parts[1]);
        }
        return new FlannelPlugin(environment, Duration.ZERO).answer(new ByteArrayInputStream(stdin.getBytes(UTF_8)));
    }

    private static void fails(Answer answer, int code, String message) {
        assertThat(answer.exitCode()).isEqualTo(1);
        Map<String, Object> error = Json.object(answer.text());
        assertThat(error.get("code")).isEqualTo(new Json.Number(Integer.toString(code)));
        assertThat(error.get("msg")).isEqualTo(message);
    }

    @Test
    void tellsItsVersions() {
        Answer answer = answer("", "COMMAND=VERSION");
        assertThat(answer.exitCode()).isZero();
        assertThat(answer.text())
                .isEqualTo("{\"cniVersion\":\"1.1.0\",\"supportedVersions\":"
                        + "[\"0.1.0\",\"0.2.0\",\"0.3.0\",\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}\n");
    }

    @Test
    void writesAnErrorAsTheSpecificationSays() {
        assertThat(answer("{\"cniVersion\":\"0.3.1\",\"name\":\"<n>\"}").text()).isEqualTo("""
                {
                    "cniVersion": "1.1.0",
                    "code": 7,
                    "msg": "invalid characters found in network name",
                    "details": "\\u003cn\\u003e"
                }
                """);
        assertThat(answer("{\"cniVersion\":\"0.3.1\",\"name\":\"n\"}", "COMMAND=GC")
                        .text())
                .isEqualTo("""
                {
                    "cniVersion": "0.3.1",
                    "code": 1,
                    "msg": "config version does not allow GC",
                    "details": "config is \\"0.3.1\\", GC came with 1.1.0"
                }
                """);
    }

    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            COMMAND=add                 | 4 | unknown CNI_COMMAND: add
            CONTAINERID=                | 4 | required env variables [CNI_CONTAINERID] missing
            PATH=                       | 4 | required env variables [CNI_PATH] missing
            CONTAINERID=../x            | 4 | invalid characters in containerID
            CONTAINERID=.x              | 4 | invalid characters in containerID
            CONTAINERID=a/b             | 4 | invalid characters in containerID
            CONTAINERID=a@eth0          | 4 | invalid characters in containerID
            CONTAINERID=ä               | 4 | invalid characters in containerID
            IFNAME=..                   | 4 | interface name is . or ..
            IFNAME=a/b                  | 4 | interface name contains / or : or whitespace characters
            IFNAME=a:b                  | 4 | interface name contains / or : or whitespace characters
            IFNAME=a b                  | 4 | interface name contains / or : or whitespace characters
            IFNAME=sixteen-letters-     | 4 | interface name is too long
            NETNS=/proc/self/ns/net     | 8 | plugin's netns and netns from CNI_NETNS should not be the same
            """)
    void refusesAnEnvironmentThatCannotBeUsed(String variable, int code, String message) {
        fails(answer(CONF, variable), code, message);
    }

    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"cniVersion":"1.1.0"}               | 7 | missing network name
            {"name":""}                          | 7 | missing network name
            {"name":"../n"}                      | 7 | invalid characters found in network name
            {"name":7}                           | 6 | failed to load netconf: name: 7 cannot be used. Give a string.
            {"name":"n","cniVersion":"1.2.0"}    | 1 | incompatible CNI versions
            {"name":"n","cniVersion":"v1"}       | 1 | incompatible CNI versions
            []                                   | 6 | failed to load netconf: a JSON object was expected
            """)
    void refusesAConfigurationThatCannotBeUsed(String conf, int code, String message) {
        fails(answer(conf), code, message);
    }

    @Test
    void tellsWhichVersionsItSpeaks() {
        assertThat(answer("{\"name\":\"n\",\"cniVersion\":\"1.2.0\"}").text())
                .contains("config is \\\"1.2.0\\\", plugin supports [\\\"0.1.0\\\" \\\"0.2.0\\\"");
    }

    @ParameterizedTest(name = "{0} in {1}")
    @CsvSource({"CHECK, 0.3.1", "CHECK, ''", "STATUS, 1.0.0", "GC, 1.0.0"})
    void commandsCameWithAVersion(String command, String version) {
        fails(
                answer("{\"name\":\"n\",\"cniVersion\":\"" + version + "\"}", "COMMAND=" + command),
                1,
                "config version does not allow " + command);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.1.0", "0.2.0", "0.3.0", "0.3.1", "0.4.0", "1.0.0", "1.1.0", ""})
    void deletingWhatIsNotThereSucceedsInEveryVersion(String version) {
        assertThat(answer(CONF.replace("1.1.0", version), "COMMAND=DEL", "NETNS="))
                .isEqualTo(Answer.DONE);
    }

    @Test
    void saysThatSubnetEnvIsMissing() {
        String missing =
                "failed to load flannel 'subnet.env' file: open /nowhere/subnet.env: no such file or directory. "
                        + "flanneld left no /nowhere/status.json either: is it running on this node. "
                        + "Check the flannel pod log for this node.";
        fails(answer(CONF), 11, missing);
        fails(answer(CONF, "COMMAND=STATUS"), 50, missing);
    }

    @Test
    void checksOnlyWhatItAdded() {
        fails(answer(CONF, "COMMAND=CHECK"), 3, "container pod-1 has no interface eth0 of network n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ",\"cni.dev/valid-attachments\":{}", ",\"cni.dev/valid-attachments\":[{\"ifname\":\"x\"}]"})
    void clearsNothingAwayOnTheWordOfAListThatIsNotUnderstood(String list) {
        Answer answer = answer(CONF.replace("}", list + "}"), "COMMAND=GC");
        assertThat(answer.exitCode()).isEqualTo(1);
        assertThat(answer.text()).contains("cni.dev/valid-attachments");
    }
}
