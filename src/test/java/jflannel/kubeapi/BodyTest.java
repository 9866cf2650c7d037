package jflannel.kubeapi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyTest {
    private static HttpInput arriving(String text, Random random) {
        InputStream whole = new ByteArrayInputStream(text.getBytes(ISO_8859_1));
        return new HttpInput(new InputStream() {
            @Override
            public int read() {
                throw new AssertionError("reads in pieces");
            }

            @Override
            public int read(byte[] into, int at, int length) throws IOException {
                return whole.read(into, at, Math.min(length, 1 + random.nextInt(50)));
            }
        });
    }

    private static Body body(String text, Random random) throws IOException {
        HttpInput in = arriving(text, random);
        return new Body(in, Head.read(in), Duration.ofSeconds(1));
    }

    @Test
    void readsTheSameHoweverItIsCutIntoChunksAndPieces() throws IOException {
        Random random = new Random(1);
        for (int i = 0; i < 500; i++) {
            StringBuilder content = new StringBuilder();
            StringBuilder text = new StringBuilder("HTTP/1.1 200 OK\r\ntransfer-Encoding: chunked\r\n\r\n");
            for (int k = random.nextInt(10); k > 0; k--) {
                String chunk = "x\r\n".repeat(1 + random.nextInt(30));
                content.append(chunk);
                text.append(Integer.toHexString(chunk.length()))
                        .append(random.nextBoolean() ? "" : ";name=value")
                        .append("\r\n" + chunk + "\r\n");
            }
            text.append("0\r\n")
                    .append(random.nextBoolean() ? "" : "Trailer: x\r\n")
                    .append("\r\n");
            HttpInput in = arriving(text + "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", random);
            Body body = new Body(in, Head.read(in), Duration.ofSeconds(1));
            assertThat(new String(body.readAllBytes(), ISO_8859_1)).isEqualTo(content.toString());
            assertThat(body.isOver()).isTrue();
            assertThat(Head.read(in).status()).as("of the next answer").isEqualTo(404);
        }
    }

    /// A watch is asked with little patience whether there is news, and then with much.
    @Test
    void goesOnAfterASilenceWhereverItFell() throws IOException {
        byte[] text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
                .getBytes(ISO_8859_1);
        int head = new String(text, ISO_8859_1).indexOf("\r\n\r\n") + 4;
        for (int silence = head; silence < text.length - 2; silence++) {
            int[] at = {0};
            int[] silentAt = {silence};
            HttpInput in = new HttpInput(new InputStream() {
                @Override
                public int read() {
                    throw new AssertionError("reads in pieces");
                }

                @Override
                public int read(byte[] into, int from, int length) throws IOException {
                    if (at[0] == silentAt[0]) {
                        silentAt[0] = -1;
                        throw new SocketTimeoutException("silence");
                    }
                    into[from] = text[at[0]++];
                    return 1;
                }
            });
            Body body = new Body(in, Head.read(in), Duration.ofSeconds(1));
            StringBuilder content = new StringBuilder();
            int silences = 0;
            for (int c = 0; c >= 0; ) {
                try {
                    c = body.read();
                    content.append(c < 0 ? "" : String.valueOf((char) c));
                } catch (SocketTimeoutException e) {
                    assertThat(e).hasMessage("the Kubernetes API has been silent for 1 s");
                    silences++;
                }
            }
            assertThat(content.toString()).as("silent at %d", silence).isEqualTo("abcde");
            assertThat(silences).isEqualTo(1);
        }
    }

    @Test
    void endsAfterItsLengthOrWithTheConnection() throws IOException {
        Random random = new Random(2);
        Body measured = body("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", random);
        assertThat(measured.readAllBytes()).hasSize(3);
        assertThat(measured.isOver()).isTrue();
        Body open = body("HTTP/1.1 200 OK\r\n\r\nabcdef", random);
        assertThat(open.readAllBytes()).hasSize(6);
        assertThat(open.isOver()).as("nothing can follow").isFalse();
        assertThat(body("HTTP/1.1 204 No Content\r\n\r\n", random).readAllBytes())
                .isEmpty();
        assertThat(body("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\nyes", random)
                        .readAllBytes())
                .hasSize(3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcdef\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-3\r\nabc\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nabc\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nabc",
                "HTTP/2 200 OK\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 200 OK\r\nEndless",
                ""
            })
    void refusesWhatIsBroken(String text) {
        assertThatThrownBy(() -> body(text, new Random(3)).readAllBytes()).isInstanceOf(IOException.class);
    }

    @Test
    void refusesAHeadWithoutEnd() {
        String endless = "HTTP/1.1 200 OK\r\n" + "Field: x\r\n".repeat(1_000);
        assertThatThrownBy(() -> body("HTTP/1.1 200 " + "O".repeat(100_000), new Random(3)))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> body(endless, new Random(3))).isInstanceOf(IOException.class);
    }
}
