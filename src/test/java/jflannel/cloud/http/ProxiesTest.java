package jflannel.cloud.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProxiesTest {
    private static final Proxies PROXIES = Proxies.of(
            Map.of("HTTPS_PROXY", "http://proxy.example:3128", "no_proxy", "localhost, .internal.example,192.0.2.1"));

    private static boolean isDirect(String url) {
        return PROXIES.select(URI.create(url)).getFirst().equals(Proxy.NO_PROXY);
    }

    @Test
    void theCloudsApiIsBehindTheProxy() {
        assertThat(PROXIES.select(URI.create("https://ec2.eu-west-1.amazonaws.com/"))
                        .getFirst()
                        .address())
                .isEqualTo(new InetSocketAddress("proxy.example", 3128));
    }

    @Test
    void exemptionsAreNot() {
        assertThat(isDirect("https://api.internal.example/")).isTrue();
        assertThat(isDirect("https://192.0.2.1:8443/")).isTrue();
        assertThat(isDirect("https://notinternal.example/")).isFalse();
        assertThat(isDirect("http://plain.example/")).as("another scheme").isTrue();
    }

    @Test
    void norIsAMetadataService() {
        Proxies both = Proxies.of(Map.of("http_proxy", "proxy:80"));
        assertThat(both.select(URI.create("http://169.254.169.254/latest/")).getFirst())
                .isEqualTo(Proxy.NO_PROXY);
        assertThat(both.select(URI.create("http://metadata.google.internal/")).getFirst())
                .isEqualTo(Proxy.NO_PROXY);
        assertThat(both.select(URI.create("http://api.example/")).getFirst()).isNotEqualTo(Proxy.NO_PROXY);
    }
}
