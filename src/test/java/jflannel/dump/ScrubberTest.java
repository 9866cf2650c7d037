package jflannel.dump;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import jflannel.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScrubberTest {
    private static final String PSK = "Zk3jQx8pVw1LrT5nYb7cHd9fGm2sKa4eRu6oIv0tWq8=";

    private final Scrubber scrubber = new Scrubber(List.of("kn0wn-s&cret \"x", "abc"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--etcd-password=PLANTED --iface=eth0",
                "--etcd-password PLANTED --iface eth0",
                "FLANNELD_ETCD_PASSWORD=PLANTED with blanks",
                "ACCESS_KEY_SECRET='PLANTED'",
                "{\"Password\":\"PLANTED\",\"Network\":\"10.5.0.0/16\"}",
                "{\"value\":\"{\\\"PSK\\\":\\\"PLANTED\\\",\\\"VNI\\\":1}\"}",
                "{\"psk\": \"PLANTED\\\" and more PLANTED\"}",
                "http://user:PLANTED@192.0.2.1:2379",
                "https://user:PLANTED/with@and:PLANTED@host",
                "https://PLANTED@host/path",
                "Authorization: Basic PLANTEDxyz",
                "authorization=Bearer PLANTEDxyz",
                "sent Bearer PLANTEDxyz to it",
                "token: PLANTED",
                "bearer_token_data: PLANTED",
                "client-key-data: PLANTED",
                "-----BEGIN EC PRIVATE KEY-----\nPLANTED\n-----END EC PRIVATE KEY-----\n",
                "Nov 30 -----BEGIN PRIVATE KEY-----\nNov 30 PLANTED",
                "aws_secret_access_key = PLANTED",
                "the wireguard key Zk3jQx8pVw1LrT5nYb7cHd9fPLANTEDRu6oIv0tWq8=",
                "eyJhbGciOiJSUzI1NiJ9.PLANTED.c2ln",
            })
    void hidesWhatLooksLikeASecret(String text) {
        assertThat(scrubber.text(text)).doesNotContain("PLANTED").contains("(hidden)");
    }

    @Test
    void hidesAKnownSecretInEveryForm() {
        String text = """
                plain kn0wn-s&cret "x, in a URL kn0wn-s%26cret+%22x, in JSON "kn0wn-s\\u0026cret \\"x",
                base64 a24wd24tcyZjcmV0ICJ4.
                """;
        assertThat(scrubber.text(text)).isEqualTo("""
                plain (hidden), in a URL (hidden), in JSON "(hidden)",
                base64 (hidden).
                """);
        assertThat(scrubber.text("abc")).as("too short to be looked for").isEqualTo("abc");
    }

    @Test
    void hidesFieldsOfJsonByTheirNames() {
        Object json = Json.value("""
                {"name":"cbr0","key":"PLANTED","plugins":[{"etcd_key_file":"/etc/k.pem","auth":{"a":"PLANTED"},\
                "policy":{"k8s_auth_token":"PLANTED"},"url":"http://u:PLANTED@h","x":"%s"}]}""".formatted(PSK));
        assertThat(Json.compact(scrubber.json(json)))
                .doesNotContain("PLANTED", PSK)
                .contains("\"name\":\"cbr0\"", "\"etcd_key_file\":\"/etc/k.pem\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10.5.3.0/24 via 192.0.2.3 dev eth0 proto 102",
                "12: flannel.1: <BROADCAST,MULTICAST,UP> mtu 1450 link/ether 82:4b:b6:2f:54:4e brd ff:ff:ff:ff:ff:ff",
                "fd00:10:244:1::/64 dev flannel-v6.1 proto 102 metric 1024 pref medium",
                "--etcd-keyfile=/etc/flannel/client.key --etcd-endpoints=https://192.0.2.1:2379,https://192.0.2.2:2379",
                "-A FORWARD -m comment --comment \"flanneld forward\" -j FLANNEL-FWD",
                "/usr/lib/jvm/temurin-25-jdk-amd64/lib/server/libjvm.so",
                "E1130 12:00:00.000000 4242 EtcdClient] etcd at http://127.0.0.1:2379: UNAVAILABLE",
                "--etcd-password=(hidden) --iface=eth0",
            })
    void leavesTheRestAlone(String text) {
        assertThat(scrubber.text(text)).isEqualTo(text);
    }
}
