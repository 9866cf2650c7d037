package jflannel.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MessageTest {
    private static final TraceKey KEY = new TraceKey(new byte[32]);
    private static final byte[] TRACER = numbers(1);
    private static final byte[] WITNESS = numbers(2);
    private static final byte[] BODY = {1, 2, 3};

    private static byte[] numbers(int seed) {
        byte[] bytes = new byte[Message.NUMBER_BYTES];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private static Optional<Message> opened(byte[] bytes) {
        return Message.opened(KEY, bytes, bytes.length);
    }

    @ParameterizedTest
    @EnumSource
    void whoHasTheKeyReadsWhatAnotherSealed(Message.Kind kind) {
        Message read =
                opened(new Message(kind, TRACER, WITNESS, BODY).sealed(KEY)).orElseThrow();
        assertThat(read.kind()).isEqualTo(kind);
        assertThat(read.tracer()).isEqualTo(TRACER);
        assertThat(read.witness()).isEqualTo(WITNESS);
        assertThat(read.body()).isEqualTo(BODY);
    }

    @Test
    void noBitCanBeChanged() {
        byte[] sealed = new Message(Message.Kind.SEEN, TRACER, WITNESS, BODY).sealed(KEY);
        for (int bit = 0; bit < 8 * sealed.length; bit++) {
            byte[] changed = sealed.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(opened(changed)).as("bit " + bit).isEmpty();
        }
    }

    @Test
    void nothingCanBeCutOffOrAppended() {
        byte[] sealed = new Message(Message.Kind.WATCH, TRACER, WITNESS, BODY).sealed(KEY);
        for (int length = 0; length < sealed.length; length++) {
            assertThat(opened(Arrays.copyOf(sealed, length))).isEmpty();
        }
        assertThat(opened(Arrays.copyOf(sealed, sealed.length + 1))).isEmpty();
    }

    @Test
    void anotherKeyProvesNothing() {
        byte[] sealed = new Message(Message.Kind.HELLO, TRACER, WITNESS, BODY).sealed(new TraceKey(new byte[] {1}));
        assertThat(opened(sealed)).isEqualTo(opened(new byte[0])).isEmpty();
    }

    @Test
    void noAnswerIsLongerThanItsQuestion() {
        byte[] most = new byte[Message.BODY_BYTES];
        assertThat(new Message(Message.Kind.HELLO, TRACER, WITNESS, new byte[0]).sealed(KEY))
                .hasSize(Message.MOST_BYTES);
        assertThat(new Message(Message.Kind.WATCH, TRACER, WITNESS, new byte[0]).sealed(KEY))
                .hasSize(Message.MOST_BYTES);
        assertThat(new Message(Message.Kind.SEEN, TRACER, WITNESS, most).sealed(KEY))
                .hasSize(Message.MOST_BYTES);
    }

    @Test
    void whatHasTheKeyButNotTheFormIsRefused() {
        byte[] sealed = new Message(Message.Kind.SEEN, TRACER, WITNESS, BODY).sealed(KEY);
        assertThat(opened(resealed(sealed, 0, 'J'))).isEmpty();
        assertThat(opened(resealed(sealed, 8, 5))).isEmpty();
        assertThat(opened(resealed(sealed, 8, -1))).isEmpty();
        assertThat(opened(resealed(sealed, 42, 4))).as("a longer body").isEmpty();
        assertThat(opened(resealed(sealed, 42, 3))).isPresent();
    }

    private static byte[] resealed(byte[] sealed, int at, int value) {
        byte[] changed = sealed.clone();
        changed[at] = (byte) value;
        int end = changed.length - TraceKey.MAC_BYTES;
        System.arraycopy(KEY.code(changed, end), 0, changed, end, TraceKey.MAC_BYTES);
        return changed;
    }
}
