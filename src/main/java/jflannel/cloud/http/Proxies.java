package jflannel.cloud.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The proxies that the environment names, as the clouds' own tools take them: `HTTPS_PROXY`, `HTTP_PROXY` and
/// `NO_PROXY`, in capitals or not. Metadata services are on the link and never behind a proxy.
final class Proxies extends ProxySelector {
    private final Map<String, String> environment;

    private Proxies(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    static Proxies ofEnvironment() {
        return of(System.getenv());
    }

    static Proxies of(Map<String, String> environment) {
        return new Proxies(environment);
    }

    @Override
    public List<Proxy> select(URI uri) {
        String host = uri.getHost().toLowerCase(Locale.ROOT);
        return variable(uri.getScheme() + "_proxy")
                .filter(_ -> !isExempt(host))
                .map(Proxies::proxy)
                .map(List::of)
                .orElse(List.of(Proxy.NO_PROXY));
    }

    private Optional<String> variable(String name) {
        return Stream.of(name, name.toUpperCase(Locale.ROOT))
                .map(environment::get)
                .filter(value -> value != null && !value.isBlank())
                .findFirst();
    }

    private boolean isExempt(String host) {
        boolean onLink = host.startsWith("169.254.")
                || host.equals("100.100.100.200")
                || host.equals("[fd00:ec2::254]")
                || host.startsWith("metadata.");
        return onLink
                || variable("no_proxy").stream()
                        .flatMap(list -> Stream.of(list.toLowerCase(Locale.ROOT).split(",")))
                        .map(String::strip)
                        .filter(each -> !each.isEmpty())
                        .anyMatch(each -> each.equals("*") || isWithin(host, each.replaceFirst("^\\*?\\.", "")));
    }

    private static boolean isWithin(String host, String domain) {
        return host.equals(domain) || host.endsWith("." + domain);
    }

    private static Proxy proxy(String value) {
        URI uri = URI.create(value.contains("://") ? value : "http://" + value);
        int port = uri.getPort() < 0 ? 80 : uri.getPort();
        return new Proxy(Proxy.Type.HTTP, new InetSocketAddress(uri.getHost(), port));
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException failure) {
        // the caller hears of it
    }
}
