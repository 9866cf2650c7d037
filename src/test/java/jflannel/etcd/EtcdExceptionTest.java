package jflannel.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EtcdExceptionTest {
    private static final Endpoint PLAIN = new Endpoint("192.0.2.1", 2379, false);
    private static final Endpoint TLS = new Endpoint("192.0.2.1", 2379, true);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Network closed for unknown reason",
                "Connection reset",
                "Connection reset by peer",
                "Broken pipe",
                "First received frame was not SETTINGS. Hex dump for first 5 bytes: 1503010002"
            })
    void asksForHttpsHoweverTheServerHangsUp(String words) {
        assertThat(failure(PLAIN, words)).contains(words).endsWith("(does it want https?)");
        assertThat(failure(TLS, words)).endsWith(words);
    }

    @Test
    void doesNotAskForHttpsOfAServerThatIsNotThere() {
        assertThat(failure(PLAIN, "Connection refused")).endsWith("http://192.0.2.1:2379: Connection refused");
    }

    @Test
    void doesNotAskForHttpsOfAServerThatHasAnswered() {
        assertThat(failure(PLAIN, "Connection reset", true)).endsWith("Connection reset");
    }

    private static String failure(Endpoint endpoint, String words) {
        return failure(endpoint, words, false);
    }

    private static String failure(Endpoint endpoint, String words, boolean answered) {
        Status status = Status.UNAVAILABLE.withDescription("io exception").withCause(new IOException(words));
        return new EtcdException(endpoint, status.asException(), answered).getMessage();
    }
}
