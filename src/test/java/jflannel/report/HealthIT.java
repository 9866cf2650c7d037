package jflannel.report;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import jflannel.ip.Ip;
import jflannel.options.ExitException;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.status.Phase;
import jflannel.testing.OwnNetns;
import jflannel.testing.Sh;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The server accepts on a thread that was started in the test's namespace, so the probes come from curl there.
@ExtendWith(OwnNetns.class)
class HealthIT {
    private final Board board = new Board();

    private static String get(Health health, String path) throws Exception {
        return Sh.sh("curl -sg -m 5 -w ' %{http_code}' 'http://127.0.0.1:" + health.port() + path + "'");
    }

    @Test
    void tellsProbesHowItIsBothWays() throws Exception {
        try (Health health = Health.listening(board, Ip.ANY_V4, 0)) {
            assertThat(get(health, "/healthz")).isEqualTo("flanneld is running 200");
            assertThat(get(health, "/readyz")).isEqualTo("flanneld is not ready yet 503");
            board.enter(Phase.RUNNING);
            assertThat(get(health, "/readyz")).isEqualTo("flanneld is ready 200");
            board.raise(Condition.BACKEND_FAILING, "10.5.2.0/24:\nno route");
            assertThat(get(health, "/readyz")).isEqualTo("flanneld is not ready yet 503");
            assertThat(get(health, "/healthz")).isEqualTo("flanneld is running 200");
            assertThat(get(health, "/readyz?verbose"))
                    .contains("[-] backend: 10.5.2.0/24:\\nno route\n", "[+] start\n")
                    .endsWith("flanneld is not ready yet 503");
            board.clear(Condition.BACKEND_FAILING);
            board.raise(Condition.STORE_SILENT, "no answer");
            assertThat(get(health, "/readyz?x=1&verbose=true"))
                    .contains("[+] backend\n", "[!] store: no answer\n")
                    .doesNotContain("[-]")
                    .endsWith("flanneld is ready 200");
        }
    }

    @Test
    void saysThatTheControlLoopHangs() throws Exception {
        AtomicLong now = new AtomicLong(-5);
        try (Health health = Health.listening(board, Ip.ANY_V4, 0, now::get)) {
            now.addAndGet(Health.STALL.multipliedBy(9).toNanos());
            assertThat(get(health, "/livez")).isEqualTo("flanneld is alive 200"); // it waits for the store
            health.beat();
            now.addAndGet(Health.STALL.toNanos());
            assertThat(get(health, "/livez")).isEqualTo("flanneld is alive 200");
            now.addAndGet(Duration.ofSeconds(1).toNanos());
            assertThat(get(health, "/livez")).isEqualTo("flanneld hangs 503");
            assertThat(get(health, "/livez?verbose"))
                    .isEqualTo("[-] control loop: its last step began 61 s ago\nflanneld hangs 503");
            health.beat();
            assertThat(get(health, "/livez?verbose"))
                    .isEqualTo("[+] control loop: its last step began 0 s ago\nflanneld is alive 200");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/healthz/", "/healthz/x", "/readyzz", "/metrics"})
    void knowsNoOtherPaths(String path) throws Exception {
        try (Health health = Health.listening(board, Ip.ANY_V4, 0)) {
            assertThat(get(health, path)).isEqualTo("404 page not found 404");
        }
    }

    @Test
    void listensOnIpv6AndOnEverything() throws Exception {
        try (Health one = Health.listening(board, Ip.parse("::1"), 0)) {
            assertThat(Sh.sh("curl -sg http://[::1]:" + one.port() + "/healthz"))
                    .isEqualTo("flanneld is running");
            assertThat(Sh.succeeds("curl -sg http://127.0.0.1:" + one.port() + "/healthz"))
                    .isFalse();
        }
        try (Health all = Health.listening(board, null, 0)) {
            assertThat(Sh.sh("curl -sg http://[::1]:" + all.port() + "/healthz"))
                    .isEqualTo("flanneld is running");
            assertThat(get(all, "/healthz")).isEqualTo("flanneld is running 200");
        }
    }

    @Test
    void answersHeadWithoutABody() throws Exception {
        try (Health health = Health.listening(board, Ip.ANY_V4, 0)) {
            assertThat(Sh.sh("curl -sI http://127.0.0.1:" + health.port() + "/readyz"))
                    .startsWith("HTTP/1.1 503");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-X POST -d x", "-X DELETE", "-X OPTIONS", "-X get"})
    void refusesOtherMethods(String flags) throws Exception {
        try (Health health = Health.listening(board, Ip.ANY_V4, 0)) {
            assertThat(Sh.sh("curl -si -m 5 " + flags + " http://127.0.0.1:" + health.port() + "/healthz"))
                    .startsWith("HTTP/1.1 405 ")
                    .contains("Allow: GET, HEAD");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET mailto:x HTTP/1.1\r\n\r\n",
                "GET * HTTP/1.1\r\n\r\n",
                "GET //x?verbose HTTP/1.1\r\n\r\n",
                "GET http://h/x?verbose HTTP/1.1\r\n\r\n",
                "GET /%00%zz HTTP/1.1\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
                "GET /healthz HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                "CONNECT h:80 HTTP/1.1\r\n\r\n",
                "\r\n\r\n",
                "\u0016\u0003\u0001\u0002"
            })
    void goesOnAfterWhatIsNoRequestOfOurs(String bytes) throws Exception {
        try (Health health = Health.listening(board, Ip.ANY_V4, 0)) {
            try (Socket client = new Socket("127.0.0.1", health.port())) {
                client.getOutputStream().write(bytes.getBytes(ISO_8859_1));
                client.shutdownOutput();
                assertThat(new String(client.getInputStream().readAllBytes(), ISO_8859_1))
                        .doesNotContain(" 200 ", " 500 ");
            }
            assertThat(get(health, "/healthz")).isEqualTo("flanneld is running 200");
        }
    }

    @Test
    void saysWhichAddressIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Ip loopback = Ip.parse("127.0.0.1");
            assertThatThrownBy(() -> Health.start(board, loopback, taken.getLocalPort()))
                    .isInstanceOfSatisfying(
                            ExitException.class, e -> assertThat(e.code()).isEqualTo(2))
                    .hasMessageContaining("127.0.0.1 port " + taken.getLocalPort() + ": Address already in use");
        }
        assertThatThrownBy(() -> Health.start(board, Ip.parse("192.0.2.77"), 8081))
                .hasMessageContaining("192.0.2.77 port 8081: ");
    }

    @Test
    void hasNoServerOnPort0() {
        try (Health health = Health.start(board, Ip.ANY_V4, 0)) {
            assertThat(health.port()).isZero();
        }
    }

    @Test
    void closesInTimeAlthoughAClientNeverFinishesItsRequest() throws Exception {
        Health health = Health.listening(board, Ip.ANY_V4, 0);
        try (Socket slow = new Socket("127.0.0.1", health.port())) {
            slow.getOutputStream().write("GET /healthz HT".getBytes());
            slow.getOutputStream().flush();
            assertThat(get(health, "/healthz")).isEqualTo("flanneld is running 200");
            Instant before = Instant.now();
            health.close();
            assertThat(Duration.between(before, Instant.now())).isLessThan(Duration.ofSeconds(3));
        }
    }
}
