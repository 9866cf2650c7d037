package jflannel.lab.cloud;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.util.Map;
import java.util.TreeMap;

/// A request to a cloud.
///
/// @param from the address of the machine that sent it
/// @param path as sent
/// @param query as sent; empty without one
record CloudRequest(String method, String from, String path, String query, Headers headers, byte[] body) {
    static CloudRequest of(HttpExchange exchange) throws IOException {
        String query = exchange.getRequestURI().getRawQuery();
        return new CloudRequest(
                exchange.getRequestMethod(),
                exchange.getRemoteAddress().getAddress().getHostAddress().replaceFirst("%.*", ""),
                exchange.getRequestURI().getRawPath(),
                query == null ? "" : query,
                exchange.getRequestHeaders(),
                exchange.getRequestBody().readAllBytes());
    }

    String header(String name) {
        String value = headers.getFirst(name);
        return value == null ? "" : value;
    }

    /// The fields of a form in the body, or in the query.
    Map<String, String> form() {
        String text = body.length > 0 ? new String(body, UTF_8) : query;
        Map<String, String> fields = new TreeMap<>();
        for (String field : text.split("&")) {
            int equals = field.indexOf('=');
            if (equals > 0) {
                fields.put(
                        URLDecoder.decode(field.substring(0, equals), UTF_8),
                        URLDecoder.decode(field.substring(equals + 1), UTF_8));
            }
        }
        return fields;
    }
}
