package jflannel.control;

import java.util.function.Function;

/// Has the kernel watched for what concerns the overlay in use. For one thread.
final class Watches implements AutoCloseable {
    private final Function<Overlay, AutoCloseable> opener;
    private AutoCloseable watch = () -> {};

    /// @param opener begins to watch for an overlay, until the watch is closed
    Watches(Function<Overlay, AutoCloseable> opener) {
        this.opener = opener;
    }

    /// Watches for this overlay from now on. The former watch ends once the new one hears, so nothing is missed in
    /// between.
    void follow(Overlay overlay) {
        AutoCloseable former = watch;
        watch = opener.apply(overlay);
        close(former);
    }

    private static void close(AutoCloseable watch) {
        try {
            watch.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        close(watch);
    }
}
