package jflannel.lab.cloud;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Computes the signature that a form sent to Alibaba should have, step by step as [its
/// description](https://www.alibabacloud.com/help/en/sdk/product-overview/rpc-mechanism) says, and without any
/// code of Alibaba's. Each random number is good once.
final class RpcSignature {
    private static final Duration ALLOWED = Duration.ofMinutes(15);

    private final String keyId;
    private final String secret;
    private final Set<String> nonces = new HashSet<>();

    RpcSignature(String keyId, String secret) {
        this.keyId = keyId;
        this.secret = secret;
    }

    /// What is wrong with the form; empty if it was signed with the key.
    String fault(String method, Map<String, String> form) {
        Map<String, String> signed = new TreeMap<>(form);
        String given = signed.remove("Signature");
        if (!keyId.equals(form.get("AccessKeyId"))
                || !"HMAC-SHA1".equals(form.get("SignatureMethod"))
                || !"1.0".equals(form.get("SignatureVersion"))) {
            return "signed with another key or method";
        }
        Instant at = Instant.parse(form.get("Timestamp"));
        if (Duration.between(at, Instant.now()).abs().compareTo(ALLOWED) > 0) {
            return "the signature is too old";
        }
        if (!nonces.add(form.get("SignatureNonce"))) {
            return "the random number was used before";
        }
        String query = signed.entrySet().stream()
                .map(each -> encode(each.getKey()) + "=" + encode(each.getValue()))
                .collect(Collectors.joining("&"));
        String toSign = method + "&" + encode("/") + "&" + encode(query);
        byte[] signature = Hmac.sha1((secret + "&").getBytes(UTF_8), toSign);
        return Base64.getEncoder().encodeToString(signature).equals(given) ? "" : "the signature does not match";
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, UTF_8)
                .replace("+", "%20")
                .replace("*", "%2A")
                .replace("%7E", "~");
    }
}
