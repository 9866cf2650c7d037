package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import jflannel.ip.Family;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EspProposalTest {
    /// 77 for AES-CBC with SHA-256: IP 20, ESP 8, initialization vector 16, padding 15, trailer 2, check 16.
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "aes128gcm16-sha256-prfsha256-ecp256, 77",
        "aes256-sha256-ecp256, 77",
        "aes256-sha512-modp4096, 93",
        "camellia128-sha384, 85",
        "chacha20poly1305-curve25519, 77",
        "aes128gcm8, 77",
        "aes256ctr-sha1, 77"
    })
    void addsToPacketsWhatItsCipherDoesAndNeverLessThanGoFlannelThinks(String text, int bytes) {
        EspProposal proposal = EspProposal.parse(text);
        assertThat(proposal.overhead(Family.IPV4, false)).isEqualTo(bytes);
        assertThat(proposal.overhead(Family.IPV4, true)).isEqualTo(bytes + 8);
        assertThat(proposal.overhead(Family.IPV6, false)).isEqualTo(bytes + 20);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "aes256", "aes256-modp4096", "rot13-sha256", "aes128gcm16,aes256gcm16", "aes128gcm16 "})
    void refusesWhatDoesNotProtect(String text) {
        assertThatThrownBy(() -> EspProposal.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aKeyThatIsTooShortIsRefusedAndNotShown() {
        assertThatThrownBy(() -> config("\"PSK\":\"" + "geheim".repeat(10) + "\""))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("a key of 60 characters")
                .hasMessageContaining("96")
                .hasMessageNotContaining("geheim");
        assertThatThrownBy(() -> config("\"Mode\":\"tunnel\"")).hasMessageContaining("a key of 0 characters");
    }

    @Test
    void certificatesNeedNoKey() {
        assertThat(config("\"Auth\":\"pubkey\"").option(IpsecKeys.CERTIFICATE)).startsWith("/etc/flannel/");
        assertThatThrownBy(() -> config("\"Auth\":\"pubkey\",\"KeyFile\":\"node.key\""))
                .hasMessageContaining("absolute path");
    }

    @Test
    void anAlgorithmThatIsNotKnownIsNamed() {
        assertThatThrownBy(() -> config("\"Auth\":\"pubkey\",\"ESPProposal\":\"aes512gcm16\""))
                .hasMessageContaining("ESPProposal")
                .hasMessageContaining("aes512gcm16");
    }

    @Test
    void theKeyIsInNoText() {
        NetworkConfig config = config("\"PSK\":\"" + "geheim".repeat(20) + "\"");
        assertThat(config.redacted() + config + config.redactedBackend()).doesNotContain("geheim");
    }

    private static NetworkConfig config(String options) {
        return NetworkConfig.parse(
                "test", "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"ipsec\",%s}}".formatted(options));
    }
}
