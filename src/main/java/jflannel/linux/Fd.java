package jflannel.linux;

import java.util.concurrent.atomic.AtomicBoolean;

/// A file descriptor that is closed once, however often [#close] is called.
public final class Fd implements AutoCloseable {
    private final int number;
    private final AtomicBoolean open = new AtomicBoolean(true);

    Fd(int number) {
        this.number = number;
    }

    /// The descriptor for a call in [Libc].
    public int number() {
        return number;
    }

    public boolean isOpen() {
        return open.get();
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            Libc.close(number);
        }
    }

    @Override
    public String toString() {
        return "fd " + number;
    }
}
