package jflannel.kubeapi;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// The head of an HTTP answer: RFC 9112, sections 4 and 5.
///
/// @param fields by lower-case name
record Head(int status, boolean isHttp11, Map<String, String> fields) {
    private static final int MOST_LINES = 200;
    private static final int OK = 200;
    private static final int REDIRECT = 300;

    /// Reads a head, skipping interim ones (status 1xx).
    static Head read(HttpInput in) throws IOException {
        Head head = readOne(in);
        while (head.status < OK) {
            head = readOne(in);
        }
        return head;
    }

    private static Head readOne(HttpInput in) throws IOException {
        String first = in.line();
        if (!first.matches("HTTP/1\\.[01] [1-9][0-9][0-9]( .*)?")) {
            throw new IOException("the server does not speak HTTP");
        }
        Map<String, String> fields = new HashMap<>();
        int lines = 0;
        for (String line = in.line(); !line.isEmpty(); line = in.line()) {
            int colon = line.indexOf(':');
            if (colon < 1 || ++lines > MOST_LINES) {
                throw new IOException("the head of its answer is broken");
            }
            fields.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        return new Head(Integer.parseInt(first.substring(9, 12)), first.startsWith("HTTP/1.1"), fields);
    }

    private String field(String name) {
        return fields.getOrDefault(name, "").toLowerCase(Locale.ROOT);
    }

    /// When the server sent it; empty if it does not say.
    Optional<Instant> date() {
        try {
            return Optional.of(
                    Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(fields.getOrDefault("date", ""))));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    boolean isGood() {
        return status >= OK && status < REDIRECT;
    }

    boolean isChunked() {
        return field("transfer-encoding").endsWith("chunked");
    }

    boolean isCompressed() {
        return field("content-encoding").equals("gzip");
    }

    /// True if the connection can take another request.
    boolean keepsConnection() {
        return isHttp11 && !field("connection").contains("close");
    }

    /// The length of the body; empty if it lasts until the connection ends.
    OptionalLong length() throws IOException {
        if (status == 204 || status == 304) {
            return OptionalLong.of(0);
        }
        String length = field("content-length");
        if (length.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(Long.parseUnsignedLong(length));
        } catch (NumberFormatException e) {
            throw new IOException("the head of its answer is broken", e);
        }
    }
}
