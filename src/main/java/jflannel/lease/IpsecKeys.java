package jflannel.lease;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.lease.ConfigException.Verbatim;

/// The options of the backend `ipsec`.
public final class IpsecKeys {
    /// As in Go flannel, in characters: 72 random bytes in Base64.
    private static final int LEAST_PSK = 96;
    /// What one text of charon's protocol holds, in bytes.
    private static final int MOST_PSK = 65535;

    public static final BackendOption<String> PSK = BackendOption.text(
                    "PSK",
                    "",
                    "the key by which nodes know each other, the same on all of them; at least 96 characters, as from"
                            + " `head -c 72 /dev/urandom | base64 -w 0`")
            .byDefault("none; needed unless `Auth` is `pubkey`")
            .secret();

    public static final BackendOption<Boolean> UDP_ENCAP = BackendOption.truth(
            "UDPEncap", false, "UDP carries ESP, on port 4500, even where no NAT is found; for networks that drop ESP");

    public static final BackendOption<String> ESP_PROPOSAL = BackendOption.text(
                    "ESPProposal",
                    "aes128gcm16-sha256-prfsha256-ecp256",
                    "the algorithms that encrypt packets, in strongSwan's words, the same on all nodes")
            .byDefault("\"aes128gcm16-sha256-prfsha256-ecp256\"");

    /// How nodes prove who they are.
    public enum Auth {
        /// By a key that all of them share.
        PSK,
        /// By certificates of one authority.
        PUBKEY
    }

    public static final BackendOption<Auth> AUTH = BackendOption.choice(
            "Auth",
            Auth.PSK,
            "how nodes prove who they are: by the shared key (`psk`), or by [certificates](#certificates) (`pubkey`)");

    public static final BackendOption<String> CERTIFICATE =
            file("CertificateFile", "/etc/flannel/ipsec/node.crt", "with `pubkey`, this node's certificate, in PEM");

    public static final BackendOption<String> KEY = file(
            "KeyFile",
            "/etc/flannel/ipsec/node.key",
            "with `pubkey`, its key, in PEM (PKCS #8), which nobody but root may read");

    public static final BackendOption<String> AUTHORITY = file(
            "CAFile", "/etc/flannel/ipsec/ca.crt", "with `pubkey`, the authority that signs all nodes' certificates");

    static final List<BackendOption<?>> ALL = List.of(PSK, UDP_ENCAP, ESP_PROPOSAL, AUTH, CERTIFICATE, KEY, AUTHORITY);

    private IpsecKeys() {}

    private static BackendOption<String> file(String name, String path, String meaning) {
        return BackendOption.text(name, path, meaning).byDefault("\"" + path + "\"");
    }

    /// @throws ConfigException if there is no usable key, or the algorithms are not known
    static void judge(JsonFields backend, Set<Family> families) {
        if (AUTH.of(backend) == Auth.PSK) {
            requireKey(backend, PSK.of(backend));
        }
        for (BackendOption<String> file : List.of(CERTIFICATE, KEY, AUTHORITY)) {
            if (!file.of(backend).startsWith("/")) {
                throw new ConfigException(backend.where(file.name()), file.of(backend), "Give an absolute path.");
            }
        }
        proposal(backend);
    }

    /// Says how long the key is, and never what it is.
    private static void requireKey(JsonFields backend, String key) {
        int bytes = key.getBytes(StandardCharsets.UTF_8).length;
        if (key.length() < LEAST_PSK || bytes > MOST_PSK) {
            throw new ConfigException(
                    backend.where(PSK.name()),
                    new Verbatim("a key of " + key.length() + " characters"),
                    "Give one of at least %d, as from: head -c 72 /dev/urandom | base64 -w 0".formatted(LEAST_PSK));
        }
    }

    private static EspProposal proposal(JsonFields backend) {
        String text = ESP_PROPOSAL.of(backend);
        try {
            return EspProposal.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(backend.where(ESP_PROPOSAL.name()), text, e.getMessage());
        }
    }
}
