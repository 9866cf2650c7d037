package jflannel.lab.cloud;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Computes the signature that a request should have, step by step as [Amazon's
/// description](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html) says,
/// and without any code of Amazon's.
record SignatureV4(String accessKey, String secretKey) {
    private static final Pattern AUTHORIZATION = Pattern.compile(
            "AWS4-HMAC-SHA256 Credential=([^/]+)/(\\d{8})/([^/]+)/([^/]+)/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})");

    /// What is wrong with the request; empty if it was signed with the key.
    ///
    /// @param path as sent
    /// @param query as sent, empty without one
    String fault(
            String method, String path, String query, Headers headers, byte[] body, String region, String service) {
        String given = headers.getFirst("Authorization");
        Matcher parts = AUTHORIZATION.matcher(given == null ? "" : given);
        if (!parts.matches()) {
            return "no signature of version 4";
        }
        String date = headers.getFirst("X-Amz-Date");
        String scope = parts.group(2) + "/" + parts.group(3) + "/" + parts.group(4) + "/aws4_request";
        if (!parts.group(1).equals(accessKey)
                || date == null
                || !date.startsWith(parts.group(2))
                || !scope.endsWith("/" + region + "/" + service + "/aws4_request")) {
            return "signed for another key, day, region or service: " + scope;
        }
        String[] names = parts.group(5).split(";");
        if (!Arrays.asList(names).contains("host")) {
            return "the host is not signed";
        }
        String canonical = Stream.of(method, path, query, lines(headers, names), parts.group(5), Hmac.hash(body))
                .collect(Collectors.joining("\n"));
        String toSign = "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + Hmac.hash(canonical.getBytes(UTF_8));
        byte[] key = ("AWS4" + secretKey).getBytes(UTF_8);
        for (String part : scope.split("/")) {
            key = Hmac.sha256(key, part);
        }
        return HexFormat.of().formatHex(Hmac.sha256(key, toSign)).equals(parts.group(6))
                ? ""
                : "the signature does not match";
    }

    private static String lines(Headers headers, String[] names) {
        return Stream.of(names)
                .map(name -> name + ":" + headers.getFirst(name).strip().replaceAll(" +", " ") + "\n")
                .collect(Collectors.joining());
    }
}
