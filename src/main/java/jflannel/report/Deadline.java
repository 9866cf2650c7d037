package jflannel.report;

import java.time.Duration;

/// Interrupts the thread that made it unless it is closed in time. That also ends what the thread waits for, and closes
/// a channel that it is reading or writing.
final class Deadline implements AutoCloseable {
    private final Thread guard;

    Deadline(Duration patience) {
        Thread subject = Thread.currentThread();
        guard = Thread.startVirtualThread(() -> {
            try {
                Thread.sleep(patience);
                subject.interrupt();
            } catch (InterruptedException e) {
                // closed in time
            }
        });
    }

    @Override
    public void close() {
        guard.interrupt();
    }
}
