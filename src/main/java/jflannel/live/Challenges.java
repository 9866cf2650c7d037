package jflannel.live;

import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// The random numbers that a witness has given out: whoever shows one again, from the same address and soon, is not
/// replaying what somebody else once sent. Each counts once. For one thread.
final class Challenges {
    private static final int MOST = 16;
    private static final long LIFE = Duration.ofSeconds(5).toNanos();

    private record Open(byte[] tracer, SocketAddress from, long since) {}

    private final Map<ByteBuffer, Open> open = new LinkedHashMap<>(); // oldest first
    private final SecureRandom random = new SecureRandom();
    private final LongSupplier clock;

    /// @param clock in nanoseconds
    Challenges(LongSupplier clock) {
        this.clock = clock;
    }

    /// A new number. The oldest one counts no more if there are too many.
    byte[] make(byte[] tracer, SocketAddress from) {
        Iterator<?> oldest = open.keySet().iterator();
        while (open.size() >= MOST) {
            oldest.next();
            oldest.remove();
        }
        byte[] number = new byte[Message.NUMBER_BYTES];
        random.nextBytes(number);
        open.put(ByteBuffer.wrap(number), new Open(tracer, from, clock.getAsLong()));
        return number;
    }

    /// True once, for a number that was made for this tracer.
    boolean redeem(byte[] number, byte[] tracer, SocketAddress from) {
        Open made = open.remove(ByteBuffer.wrap(number));
        return made != null
                && clock.getAsLong() - made.since <= LIFE
                && Arrays.equals(made.tracer, tracer)
                && made.from.equals(from);
    }
}
