package jflannel.dump;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jflannel.json.Json;

/// Takes secrets out of text that others may read. It hides what it knows to be secret, wherever that occurs, and what
/// looks like a secret. When in doubt it hides too much.
final class Scrubber {
    static final String HIDDEN = "(hidden)";

    /// Shorter ones are not looked for: they would be found everywhere.
    private static final int SHORTEST = 4;

    private static final String NAME = "[\\w.-]*(?:passw|passphrase|secret|token|psk|credential|authorization|cookie"
            + "|(?:private|access|api|pre-?shared|client|auth|signing|encryption|shared)[-_]?key(?!-?_?file))[\\w.-]*";

    private static final Pattern SECRET_NAME = Pattern.compile("(?i)(?:" + NAME + "|key|auth|pass|pin)");

    /// Private keys and certificates, perhaps with something before each line.
    private static final Pattern PEM = Pattern.compile("-----BEGIN [\\s\\S]*?(?:-----END [^-]*-----|\\z)");

    /// Up to the last `@`, since a password may hold any character.
    private static final Pattern IN_URL = Pattern.compile("//[^\\s\"'<>]*@");

    private static final Pattern BEARER = Pattern.compile("(?i)\\b(bearer|basic)\\s+(?!\\(hidden\\))[\\w.+/=~-]{8,}");

    /// `password=…` and the like. A value without quotes may hold blanks, so the rest of its line goes.
    private static final Pattern NAMED = Pattern.compile(
            "(?i)(" + NAME + ")(\\\\*[\"']?\\s*[:=]\\s*)(?!\\\\*[\"']?\\(hidden\\))(\"(?:[^\"\\\\]|\\\\.)*\""
                    + "|\\\\+\"(?:(?!\\\\+\").)*\\\\+\"|'[^']*'|[^\\n]+)");

    private static final Pattern FLAG = Pattern.compile("(?i)(--?" + NAME + ")(\\s+)(?!\\(hidden\\))([^\\s-]\\S*)");

    /// A word of a length, and a mixture of characters, that names seldom have and keys mostly do.
    private static final Pattern KEY_LIKE = Pattern.compile("(?<![\\w+/.=-])(?!/)"
            + "(?:(?=[\\w+/=-]*[A-Z])(?=[\\w+/=-]*[a-z])(?=[\\w+/=-]*\\d)[\\w+/=-]{40,}|(?:0x)?[0-9a-fA-F]{32,}"
            + "|eyJ[\\w-]+\\.[\\w.-]+)(?![\\w+/=-])");

    private final List<String> known;

    /// @param known secrets, in plain text
    Scrubber(Collection<String> known) {
        this.known = known.stream()
                .map(String::strip)
                .filter(secret -> secret.length() >= SHORTEST)
                .flatMap(Scrubber::forms)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    private static Stream<String> forms(String secret) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        String json = Json.compact(secret);
        return Stream.of(
                secret,
                URLEncoder.encode(secret, StandardCharsets.UTF_8),
                json.substring(1, json.length() - 1),
                Base64.getEncoder().encodeToString(bytes),
                Base64.getUrlEncoder().withoutPadding().encodeToString(bytes));
    }

    /// True for the name of something that is usually secret.
    static boolean isSecretName(String name) {
        return SECRET_NAME.matcher(name).matches();
    }

    String text(String text) {
        String clean = text;
        for (String secret : known) {
            clean = clean.replace(secret, HIDDEN);
        }
        clean = PEM.matcher(clean).replaceAll(HIDDEN);
        clean = IN_URL.matcher(clean).replaceAll("//" + HIDDEN + "@");
        clean = BEARER.matcher(clean).replaceAll("$1 " + HIDDEN);
        clean = FLAG.matcher(clean).replaceAll("$1$2" + HIDDEN);
        clean = NAMED.matcher(clean).replaceAll(match -> Matcher.quoteReplacement(hidden(match)));
        return KEY_LIKE.matcher(clean).replaceAll(HIDDEN);
    }

    /// With the quotes that the value was in, so that JSON stays JSON.
    private static String hidden(MatchResult named) {
        String value = named.group(3);
        int quote = value.indexOf('"');
        boolean quoted =
                quote >= 0 && value.endsWith("\"") && value.substring(0, quote).matches("\\\\*");
        String mark = quoted ? value.substring(0, quote + 1) : "";
        return named.group(1) + named.group(2) + mark + HIDDEN + mark;
    }

    /// A JSON value without the values of fields with secret names.
    Object json(Object value) {
        if (value instanceof Map<?, ?> object) {
            Map<String, Object> clean = new LinkedHashMap<>();
            object.forEach((name, field) ->
                    clean.put(text(String.valueOf(name)), isSecretName(String.valueOf(name)) ? HIDDEN : json(field)));
            return clean;
        }
        if (value instanceof List<?> list) {
            return list.stream().map(this::json).toList();
        }
        return value instanceof String string ? text(string) : value;
    }
}
