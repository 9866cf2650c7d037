package jflannel.live;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// What a tracing node and the other one say to each other, in one UDP datagram each.
///
/// ```
///   tracer                          witness
///     ── HELLO, number ──────────────▶
///     ◀─────── CHALLENGE, its number ──   counts once, and for seconds only
///     ── WATCH, both numbers, probe ─▶
///     ◀── WATCHING, or why not ────────   now the tracer sends the probe
///     ◀── SEEN, on which devices ──────
/// ```
///
/// Every message carries both numbers, which are random, and ends with the code of a [TraceKey]. What does not is
/// never answered. What the tracer sends is as long as the longest answer, so that nobody can make the witness send
/// more to somebody else than it was sent.
///
/// @param tracer the tracer's number
/// @param witness that of the witness, zeros in HELLO
record Message(Kind kind, byte[] tracer, byte[] witness, byte[] body) {
    /// Which it is; its place is its number on the wire.
    enum Kind {
        HELLO,
        CHALLENGE,
        WATCH,
        WATCHING,
        SEEN
    }

    static final int NUMBER_BYTES = 16;
    /// The longest message, and the length of all that a tracer sends: it fits through every link.
    static final int MOST_BYTES = 1200;

    private static final byte[] MAGIC = "jfltrac1".getBytes(StandardCharsets.US_ASCII);
    private static final int BODY_AT = MAGIC.length + 1 + 2 * NUMBER_BYTES + 2;
    /// The longest body.
    static final int BODY_BYTES = MOST_BYTES - BODY_AT - TraceKey.MAC_BYTES;

    byte[] sealed(TraceKey key) {
        boolean toWitness = kind == Kind.HELLO || kind == Kind.WATCH;
        int length = toWitness ? MOST_BYTES : BODY_AT + body.length + TraceKey.MAC_BYTES;
        byte[] bytes = new byte[length];
        ByteBuffer.wrap(bytes)
                .put(MAGIC)
                .put((byte) kind.ordinal())
                .put(tracer)
                .put(witness)
                .putShort((short) body.length)
                .put(body);
        byte[] code = key.code(bytes, length - TraceKey.MAC_BYTES);
        System.arraycopy(code, 0, bytes, length - TraceKey.MAC_BYTES, TraceKey.MAC_BYTES);
        return bytes;
    }

    /// @return empty unless it is a message of somebody who has the key
    static Optional<Message> opened(TraceKey key, byte[] bytes, int length) {
        if (length < BODY_AT + TraceKey.MAC_BYTES || length > MOST_BYTES || !key.proves(bytes, length)) {
            return Optional.empty();
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes, 0, length - TraceKey.MAC_BYTES);
        byte[] magic = taken(buffer, MAGIC.length);
        int kind = buffer.get();
        byte[] tracer = taken(buffer, NUMBER_BYTES);
        byte[] witness = taken(buffer, NUMBER_BYTES);
        int body = Short.toUnsignedInt(buffer.getShort());
        if (!Arrays.equals(magic, MAGIC) || kind < 0 || kind >= Kind.values().length || body > buffer.remaining()) {
            return Optional.empty();
        }
        return Optional.of(new Message(Kind.values()[kind], tracer, witness, taken(buffer, body)));
    }

    private static byte[] taken(ByteBuffer buffer, int length) {
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    /// An answer to this one.
    Message answer(Kind answer, byte[] number, byte[] content) {
        return new Message(answer, tracer, number, content);
    }

    /// True if it answers what the tracer with this number asked.
    boolean isFor(byte[] number) {
        return Arrays.equals(tracer, number);
    }
}
