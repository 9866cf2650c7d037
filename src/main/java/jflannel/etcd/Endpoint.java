package jflannel.etcd;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import jflannel.lease.ConfigException;

/// A client URL of etcd.
///
/// @param host a name or an address; IPv6 without brackets
record Endpoint(String host, int port, boolean tls) {
    private static final String FLAG = "--etcd-endpoints";
    private static final int USUAL_PORT = 2379;

    /// @param urls with a scheme, or just `host:port`, which means https if `asksForTls`
    /// @throws ConfigException if there are none, or one is not a URL
    static List<Endpoint> parse(List<String> urls, boolean asksForTls) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (String url : urls) {
            if (!url.isBlank()) {
                endpoints.add(parse(url.strip(), asksForTls));
            }
        }
        if (endpoints.isEmpty()) {
            throw new ConfigException(FLAG, String.join(",", urls), "Give URLs such as http://127.0.0.1:2379.");
        }
        return endpoints.stream().distinct().toList();
    }

    private static Endpoint parse(String url, boolean asksForTls) {
        String whole = url.contains("://") ? url : (asksForTls ? "https://" : "http://") + url;
        try {
            URI uri = new URI(whole).parseServerAuthority();
            boolean tls = "https".equalsIgnoreCase(uri.getScheme());
            boolean rest = !uri.getPath().isEmpty() && !uri.getPath().equals("/")
                    || uri.getQuery() != null
                    || uri.getUserInfo() != null;
            if (uri.getHost() != null && !rest && (tls || "http".equalsIgnoreCase(uri.getScheme()))) {
                String host = uri.getHost().replaceAll("[\\[\\]]", "");
                return new Endpoint(host, uri.getPort() < 0 ? USUAL_PORT : uri.getPort(), tls);
            }
        } catch (URISyntaxException e) {
            // reported below
        }
        // does not quote all of the text, which may contain a password
        throw new ConfigException(
                FLAG, url.replaceAll("//[^/]*@", "//…@"), "Give URLs such as https://192.0.2.1:2379, without a path.");
    }

    @Override
    public String toString() {
        return (tls ? "https://" : "http://") + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
