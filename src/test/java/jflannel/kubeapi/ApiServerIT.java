package jflannel.kubeapi;

import static jflannel.kubeapi.ScriptedServer.chunk;
import static jflannel.kubeapi.ScriptedServer.ok;
import static jflannel.kubeapi.ScriptedServer.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPOutputStream;
import jflannel.kubeapi.Names.Named;
import jflannel.kubeapi.ScriptedServer.Script;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The client against servers of all manners.
@ExtendWith(OwnNetns.class)
class ApiServerIT {
    private static final String THING = "{\"metadata\":{\"name\":\"%s\"}}";
    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final Duration LONG = Duration.ofMinutes(5);

    private static ApiServer client(ScriptedServer server) {
        return new ApiServer(new Access.Anonymous(server.url()));
    }

    private static void forgetful(InputStream in, OutputStream out) throws IOException {
        write(out, ok(THING.formatted("one")));
        // and closes the connection without having said so
    }

    @Test
    void aWatchBeginsWithItsHeadAndGivesOutEachEventAsItArrives() throws Exception {
        CountDownLatch something = new CountDownLatch(1);
        Script quiet = (in, out) -> {
            write(out, CHUNKED);
            something.await();
            write(out, chunk("{\"type\":\"ADDED\",\"object\":" + THING.formatted("first") + "}\n"));
            in.read();
        };
        try (ScriptedServer server = new ScriptedServer(quiet);
                ApiServer api = client(server);
                ApiServer.Watch<Named> watch = api.watch(Names.THINGS, "", "7", LONG, Duration.ofSeconds(20))) {
            assertThat(watch.hasNewsWithin(Duration.ofMillis(300))).isFalse();
            something.countDown();
            assertThat(watch.hasNewsWithin(Duration.ofSeconds(20))).isTrue();
            assertThat(watch.next().orElseThrow().object().name()).isEqualTo("first");
            assertThat(server.requests().getFirst())
                    .startsWith("GET /api/v1/things?watch=true&allowWatchBookmarks=true&resourceVersion=7"
                            + "&timeoutSeconds=300 HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() + "\r\n");
        }
    }

    @Test
    void usesAConnectionAgainAndReplacesOneThatWasClosed() throws Exception {
        Script twice = (in, out) -> {
            write(out, CHUNKED + chunk(THING.formatted("one") + "\n") + "0\r\n\r\n");
            in.readNBytes(0);
        };
        ScriptedServer[] own = new ScriptedServer[1];
        Script polite = (in, out) -> {
            write(out, CHUNKED + chunk(THING.formatted("one") + "\n") + "0\r\n\r\n");
            own[0].head(in);
            write(out, ok(THING.formatted("two")));
        };
        try (ScriptedServer server = new ScriptedServer(polite, ApiServerIT::forgetful, twice);
                ApiServer api = client(server)) {
            own[0] = server;
            assertThat(api.get(Names.THINGS, "x").name()).isEqualTo("one");
            assertThat(api.get(Names.THINGS, "x").name())
                    .as("on the same connection")
                    .isEqualTo("two");
            assertThat(api.get(Names.THINGS, "x").name()).as("on the next").isEqualTo("one");
            assertThat(api.get(Names.THINGS, "x").name()).as("on the last").isEqualTo("one");
            assertThat(server.requests()).hasSize(4);
        }
    }

    @Test
    void unpacksAList() throws Exception {
        String list = "{\"metadata\":{\"resourceVersion\":\"9\"},\"items\":["
                + String.join(",", java.util.Collections.nCopies(5_000, THING.formatted("same"))) + "]}";
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(list.getBytes(StandardCharsets.UTF_8));
        }
        Script packer = (in, out) -> {
            write(out, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n");
            String bytes = packed.toString(StandardCharsets.ISO_8859_1);
            for (int at = 0; at < bytes.length(); at += 100) {
                write(out, chunk(bytes.substring(at, Math.min(at + 100, bytes.length()))));
            }
            write(out, "0\r\n\r\n");
            in.read();
        };
        try (ScriptedServer server = new ScriptedServer(packer);
                ApiServer api = client(server)) {
            List<Named> all = new ArrayList<>();
            assertThat(api.list(Names.THINGS, "", "5", all::add)).isEqualTo("9");
            assertThat(all).hasSize(5_000);
            assertThat(server.requests().getFirst())
                    .startsWith("GET /api/v1/things?resourceVersionMatch=NotOlderThan&resourceVersion=5 ")
                    .contains("Accept-Encoding: gzip\r\n");
        }
    }

    @Test
    void aServerThatFallsSilentIsGivenUp() throws Exception {
        CompletableFuture<Void> gaveUp = new CompletableFuture<>();
        Script silent = (in, out) -> {
            write(out, CHUNKED + chunk("{\"type\":\"BOOKMARK\"}"));
            try {
                in.readAllBytes();
            } finally {
                gaveUp.complete(null);
            }
        };
        try (ScriptedServer server = new ScriptedServer(silent);
                ApiServer api = client(server);
                ApiServer.Watch<Named> watch = api.watch(Names.THINGS, "", "1", LONG, Duration.ofSeconds(1))) {
            assertThat(watch.next()).isPresent();
            assertThatThrownBy(watch::next).hasMessage("the Kubernetes API has been silent for 1 s");
        }
        gaveUp.get(30, TimeUnit.SECONDS);
    }

    @Test
    void saysWhyThereIsNoAnswer() throws Exception {
        Script html = (in, out) -> write(out, "HTTP/1.0 502 Bad Gateway\r\n\r\n<html>no backend</html>");
        Script other = (in, out) -> write(out, "SSH-2.0-OpenSSH_9.2\r\n");
        Script cut = (in, out) -> write(out, CHUNKED + chunk("{\"metadata\":{"));
        Script text = (in, out) -> write(out, ok("it works!"));
        Script none = (in, out) -> {};
        try (ScriptedServer server = new ScriptedServer(html, other, cut, text, none);
                ApiServer api = client(server)) {
            String start = "the Kubernetes API at " + server.url();
            assertThatThrownBy(() -> api.get(Names.THINGS, "x"))
                    .hasMessage("the Kubernetes API answers GET /api/v1/things/x with 502: <html>no backend</html>");
            assertThatThrownBy(() -> api.get(Names.THINGS, "x"))
                    .hasMessage(start + " cannot be reached: the server does not speak HTTP");
            assertThatThrownBy(() -> api.get(Names.THINGS, "x"))
                    .hasMessage("the Kubernetes API's answer broke off: it ends too early");
            assertThatThrownBy(() -> api.get(Names.THINGS, "x"))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the server sent something other than one of the things");
            assertThatThrownBy(() -> api.get(Names.THINGS, "x"))
                    .hasMessage(start + " cannot be reached: it closed the connection without answering");
        }
        try (ApiServer api = new ApiServer(new Access.Anonymous("http://127.0.0.1:9"))) {
            assertThatThrownBy(() -> api.get(Names.THINGS, "x"))
                    .hasMessage("the Kubernetes API at http://127.0.0.1:9 cannot be reached: connection refused");
        }
        try (ApiServer api = new ApiServer(new Access.Anonymous("https://no-such-host.invalid"))) {
            assertThatThrownBy(() -> api.get(Names.THINGS, "x"))
                    .hasMessageStartingWith(
                            "the Kubernetes API at https://no-such-host.invalid cannot be reached: the name");
        }
    }

    @Test
    void closingOrInterruptingEndsWhatIsWaitedFor() throws Exception {
        Script silent = (in, out) -> in.readAllBytes();
        try (ScriptedServer server = new ScriptedServer(silent, silent)) {
            ApiServer api = client(server);
            CompletableFuture<Exception> outcome = new CompletableFuture<>();
            Thread waiting = start(api, outcome);
            awaitRequests(server, 1);
            waiting.interrupt();
            assertThat(outcome.get(5, TimeUnit.SECONDS)).hasMessageContaining("interrupted");
            CompletableFuture<Exception> other = new CompletableFuture<>();
            start(api, other);
            awaitRequests(server, 2);
            api.close();
            assertThat(other.get(5, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
            assertThatThrownBy(() -> api.get(Names.THINGS, "x")).hasMessageContaining("the client is closed");
        }
    }

    private static Thread start(ApiServer api, CompletableFuture<Exception> outcome) {
        return Thread.ofPlatform().daemon().start(() -> {
            try {
                api.get(Names.THINGS, "x");
            } catch (IOException e) {
                outcome.complete(e);
            }
        });
    }

    private static void awaitRequests(ScriptedServer server, int count) throws InterruptedException {
        while (server.requests().size() < count) {
            Thread.sleep(10);
        }
    }
}
