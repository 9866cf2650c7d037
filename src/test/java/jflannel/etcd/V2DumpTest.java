package jflannel.etcd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import jflannel.lease.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class V2DumpTest {
    private static final String LEASE =
            "{\"PublicIP\":\"192.0.2.5\",\"BackendType\":\"vxlan\",\"BackendData\":{\"VtepMAC\":\"ba:b4:1b:5d:88:71\"}}";

    /// As etcd 3.4 printed them, with the times changed.
    @ParameterizedTest
    @ValueSource(
            strings = {
                // GET /v2/keys/coreos.com/network?recursive=true
                """
        {"action":"get","node":{"key":"/coreos.com/network","dir":true,"nodes":[\
        {"key":"/coreos.com/network/config","value":"{ \\"Network\\": \\"10.1.0.0/16\\" }","modifiedIndex":4,"createdIndex":4},\
        {"key":"/coreos.com/network/subnets","dir":true,"nodes":[\
        {"key":"/coreos.com/network/subnets/10.1.16.0-24","value":"{\\"PublicIP\\":\\"192.0.2.6\\"}","modifiedIndex":6},\
        {"key":"/coreos.com/network/subnets/10.1.15.0-24","value":"LEASE","expiration":"2026-12-01T00:00:00.742736003Z",\
        "ttl":86400,"modifiedIndex":5,"createdIndex":5}],"modifiedIndex":5,"createdIndex":5}],"modifiedIndex":4}}
        """,
                // etcdctl -o json get, once for each key
                """
        {"action":"get","node":{"key":"/coreos.com/network/config","value":"{ \\"Network\\": \\"10.1.0.0/16\\" }","nodes":null,"createdIndex":4},"prevNode":null}
        {"action":"get","node":{"key":"/coreos.com/network/subnets/10.1.16.0-24","value":"{\\"PublicIP\\":\\"192.0.2.6\\"}","nodes":null}}
        {"action":"get","node":{"key":"/coreos.com/network/subnets/10.1.15.0-24","value":"LEASE","nodes":null,"createdIndex":5,"expiration":"2026-12-01T00:00:00Z","ttl":86400},"prevNode":null}
        """,
                """
        [{"key":"/coreos.com/network/config","value":"{ \\"Network\\": \\"10.1.0.0/16\\" }"},
         {"key":"/coreos.com/network/subnets/10.1.16.0-24","value":"{\\"PublicIP\\":\\"192.0.2.6\\"}"},
         {"key":"/coreos.com/network/subnets/10.1.15.0-24","value":"LEASE","ttl":86400}]
        """,
                // etcdctl -o extended get
                """
        Key: /coreos.com/network/config
        Created-Index: 4
        Modified-Index: 4
        TTL: 0
        Index: 6

        { "Network": "10.1.0.0/16" }
        Key: /coreos.com/network/subnets/10.1.16.0-24
        Created-Index: 6
        TTL: 0

        {"PublicIP":"192.0.2.6"}
        Key: /coreos.com/network/subnets/10.1.15.0-24
        Created-Index: 5
        Modified-Index: 5
        TTL: 86400
        Index: 6

        PLAIN
        """,
                // a loop over etcdctl ls
                """
        /coreos.com/network/config
        { "Network": "10.1.0.0/16" }
        /coreos.com/network/subnets
        /coreos.com/network/subnets/10.1.16.0-24
        {"PublicIP":"192.0.2.6"}
        /coreos.com/network/subnets/10.1.15.0-24
        PLAIN
        """,
                """
        /coreos.com/network/config={ "Network": "10.1.0.0/16" }
        /coreos.com/network/subnets/10.1.16.0-24: {"PublicIP":"192.0.2.6"}
        /coreos.com/network/subnets/10.1.15.0-24 PLAIN
        """
            })
    void readsWhatThereIsOfOldDumps(String text) {
        String filled = text.replace("PLAIN", LEASE).replace("LEASE", LEASE.replace("\"", "\\\""));
        V2Dump dump = V2Dump.parse("dump", filled);
        assertThat(dump.entries().stream().map(V2Dump.Entry::key))
                .containsExactly(
                        "/coreos.com/network/config",
                        "/coreos.com/network/subnets/10.1.16.0-24",
                        "/coreos.com/network/subnets/10.1.15.0-24");
        assertThat(dump.entries().stream().map(V2Dump.Entry::value))
                .containsExactly("{ \"Network\": \"10.1.0.0/16\" }", "{\"PublicIP\":\"192.0.2.6\"}", LEASE);
        assertThat(dump.entries().get(1).secondsLeft()).isEmpty();
        if (text.contains("86400")) {
            assertThat(dump.entries().get(2).secondsLeft()).contains(86400L);
        }
    }

    @Test
    void aConfigurationMayHaveSeveralLines() {
        assertThat(V2Dump.parse("dump", "/x/config\n{\n  \"Network\": \"10.1.0.0/16\"\n}\n/x/y 1")
                        .entries())
                .extracting(V2Dump.Entry::value)
                .isEqualTo(List.of("{\n  \"Network\": \"10.1.0.0/16\"\n}", "1"));
    }

    @Test
    void theTimeThatIsLeftGoesOnAfterTheDump() {
        Instant end = Instant.parse("2026-12-01T00:00:00Z");
        V2Dump.Entry entry = new V2Dump.Entry("k", "v", 1, Optional.of(86_400L), Optional.of(end));
        assertThat(entry.secondsLeft(end.minusSeconds(60))).contains(60L);
        assertThat(entry.secondsLeft(end.plusSeconds(60))).contains(-60L);
        assertThat(entry.secondsLeft(end.minusSeconds(1_000_000)))
                .as("a clock is wrong")
                .contains(86_400L);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            ~ ~                                                   | dump: It is empty.
            {"errorCode":100,"message":"Key not found","index":3} | an error of etcd's: "Key not found"
            {"header":{"revision":3},"kvs":[]}                    | comes from API version 3
            {"action":"get","node":{"key":"/x","dir":true}}       | no key with a value
            {"action":                                            | neither JSON nor
            hello                                                 | no key with a value
            """)
    void saysWhatIsWrongWithAnotherText(String text, String why) {
        assertThatThrownBy(() -> V2Dump.parse("dump", text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("curl 'http://127.0.0.1:2379/v2/keys/coreos.com/network?recursive=true'");
    }
}
