package jflannel.lab;

import java.io.IOException;

/// Waits between two polls of something that gives no signal.
public final class Pause {
    private Pause() {}

    /// @throws IOException if interrupted
    public static void millis(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
