package jflannel.kubeapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URI;
import java.util.Optional;

/// An HTTP request, without what [Access] adds.
///
/// @param target path and query, relative to the server's URL
/// @param fields of the head, each with its line ending
/// @param body empty for none
record Request(String method, String target, String fields, String body) {
    /// For messages: `GET /api/v1/nodes`.
    String what() {
        int query = target.indexOf('?');
        return method + " " + (query < 0 ? target : target.substring(0, query));
    }

    byte[] bytes(Access access) throws IOException {
        URI url = URI.create(access.url());
        StringBuilder text = new StringBuilder(method + " ");
        text.append(Optional.ofNullable(url.getRawPath()).orElse("")).append(target);
        text.append(" HTTP/1.1\r\nHost: ").append(url.getRawAuthority());
        text.append("\r\nUser-Agent: jflannel\r\nAccept: application/json\r\n").append(fields);
        access.authorization().ifPresent(login -> text.append("Authorization: " + login + "\r\n"));
        if (!body.isEmpty()) {
            text.append("Content-Length: " + body.getBytes(UTF_8).length + "\r\n");
        }
        return text.append("\r\n").append(body).toString().getBytes(UTF_8);
    }
}
