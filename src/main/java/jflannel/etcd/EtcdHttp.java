package jflannel.etcd;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.grpc.netty.shaded.io.netty.handler.ssl.JdkSslContext;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import jflannel.json.Json;
import jflannel.json.JsonException;

/// What etcd tells by plain HTTP/1.1 only: its clock, and the keys of its API version 2. Asks the first endpoint that
/// answers.
public final class EtcdHttp {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int MOST_BYTES = 64 * 1024;
    private static final Pattern DATE = Pattern.compile("(?im)^Date: *(.+?)\\s*$");

    private final EtcdSettings settings;
    private final List<Endpoint> endpoints;

    /// @throws jflannel.lease.ConfigException if an endpoint is not a URL
    public EtcdHttp(EtcdSettings settings) {
        this.settings = settings;
        this.endpoints = Endpoint.parse(settings.endpoints(), settings.asksForTls());
    }

    /// Etcd's clock, to the second; empty if its answer has none.
    public Optional<Instant> clock() throws IOException {
        Matcher date = DATE.matcher(get("/version"));
        try {
            return date.find()
                    ? Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date.group(1))))
                    : Optional.empty();
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /// The value of a key in API version 2; empty if there is none, or this etcd has no such API.
    ///
    /// @param key with a slash at the start
    public Optional<String> versionTwo(String key) throws IOException {
        String answer = get("/v2/keys" + key.replaceAll("[^A-Za-z0-9/_.-]", ""));
        int body = answer.indexOf("\r\n\r\n{");
        if (!answer.startsWith("HTTP/1.1 200") || body < 0) {
            return Optional.empty();
        }
        try {
            Object node = Json.object(answer.substring(body + 4).strip()).get("node");
            return node instanceof Map<?, ?> map && map.get("value") instanceof String value
                    ? Optional.of(value)
                    : Optional.empty();
        } catch (JsonException e) {
            return Optional.empty();
        }
    }

    /// Head and body of the answer.
    private String get(String path) throws IOException {
        IOException last = null;
        for (Endpoint endpoint : endpoints) {
            try (Socket plain = new Socket()) {
                plain.connect(new InetSocketAddress(endpoint.host(), endpoint.port()), (int) PATIENCE.toMillis());
                plain.setSoTimeout((int) PATIENCE.toMillis());
                return endpoint.tls() ? overTls(plain, endpoint, path) : exchange(plain, endpoint, path);
            } catch (IOException e) {
                last = e;
            }
        }
        throw last;
    }

    private String overTls(Socket plain, Endpoint endpoint, String path) throws IOException {
        JdkSslContext context = (JdkSslContext) TlsFiles.context(settings);
        try (SSLSocket secure = (SSLSocket)
                context.context().getSocketFactory().createSocket(plain, endpoint.host(), endpoint.port(), false)) {
            SSLParameters parameters = secure.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            secure.setSSLParameters(parameters);
            return exchange(secure, endpoint, path);
        }
    }

    private static String exchange(Socket socket, Endpoint endpoint, String path) throws IOException {
        String host = endpoint.toString().replaceFirst("^.*//", "");
        socket.getOutputStream()
                .write("GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n"
                        .formatted(path, host)
                        .getBytes(ISO_8859_1));
        try (InputStream in = socket.getInputStream()) {
            return new String(in.readNBytes(MOST_BYTES), UTF_8);
        }
    }
}
