package jflannel.lab.cloud;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Computes the signature that a request to Tencent should have, step by step as
/// [its description](https://www.tencentcloud.com/document/api/215/31574) says, and without any code of Tencent's.
record Tc3Signature(String secretId, String secretKey) {
    private static final Pattern AUTHORIZATION = Pattern.compile(
            "TC3-HMAC-SHA256 Credential=([^/]+)/(\\d{4}-\\d\\d-\\d\\d)/([a-z]+)/tc3_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})");

    private static final long ALLOWED_SECONDS = 300;

    /// What is wrong with the request; empty if it was signed with the key.
    String fault(CloudRequest request, String service) {
        Matcher parts = AUTHORIZATION.matcher(request.header("Authorization"));
        if (!parts.matches()) {
            return "no signature TC3-HMAC-SHA256";
        }
        String timestamp = request.header("X-TC-Timestamp");
        Instant at = Instant.ofEpochSecond(Long.parseLong("0" + timestamp));
        String date = at.atZone(ZoneOffset.UTC).toLocalDate().toString();
        if (Math.abs(at.getEpochSecond() - Instant.now().getEpochSecond()) > ALLOWED_SECONDS) {
            return "the signature is too old";
        }
        if (!parts.group(1).equals(secretId)
                || !parts.group(2).equals(date)
                || !parts.group(3).equals(service)) {
            return "signed for another key, day or service";
        }
        Map<String, String> signed = new TreeMap<>();
        for (String name : parts.group(4).split(";")) {
            signed.put(name, request.header(name).strip().toLowerCase(java.util.Locale.ROOT));
        }
        if (!signed.containsKey("host") || !signed.containsKey("content-type")) {
            return "host or content type are not signed";
        }
        StringBuilder lines = new StringBuilder();
        signed.forEach(
                (name, value) -> lines.append(name).append(':').append(value).append('\n'));
        String canonical = request.method() + "\n/\n" + request.query() + "\n" + lines + "\n" + parts.group(4) + "\n"
                + Hmac.hash(request.body());
        String scope = date + "/" + service + "/tc3_request";
        String toSign = "TC3-HMAC-SHA256\n" + timestamp + "\n" + scope + "\n" + Hmac.hash(canonical.getBytes(UTF_8));
        byte[] key = Hmac.sha256(("TC3" + secretKey).getBytes(UTF_8), date);
        key = Hmac.sha256(Hmac.sha256(key, service), "tc3_request");
        return HexFormat.of().formatHex(Hmac.sha256(key, toSign)).equals(parts.group(5))
                ? ""
                : "the signature does not match";
    }
}
