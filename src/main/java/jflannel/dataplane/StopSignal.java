package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReference;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// Ends all loops of a tunnel: because it is closed, or because one of them cannot continue.
/// Once raised it stays raised, and wakes every thread that waits in [Readiness] or [#pause].
public final class StopSignal implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StopSignal.class.getName());

    private final String device;
    private final Fd event;
    private final AtomicReference<String> failure = new AtomicReference<>();
    private volatile boolean raised;

    /// @param device whose loops it ends, for the log
    public StopSignal(String device) throws KernelException {
        this.device = device;
        this.event = Libc.eventfd();
    }

    /// A descriptor that has input from the moment the signal is raised.
    Fd event() {
        return event;
    }

    boolean isRaised() {
        return raised;
    }

    void raise() {
        raised = true;
        Libc.signal(event);
    }

    /// Raises the signal because of a failure, which is logged unless an earlier one or a close explains it.
    void fail(String why, Throwable cause) {
        if (!raised && failure.compareAndSet(null, why)) {
            LOG.log(System.Logger.Level.WARNING, "the udp tunnel of " + device + " ends: " + why, cause);
        }
        raise();
    }

    /// True if a loop ended without being asked to.
    boolean hasFailed() {
        return failure.get() != null;
    }

    /// Waits, but not beyond the end.
    ///
    /// @param onlyTheEvent made by [#onlyTheEvent] for the calling thread
    void pause(int millis, MemorySegment onlyTheEvent, MemorySegment callState) {
        Libc.poll(onlyTheEvent, millis, callState);
    }

    MemorySegment onlyTheEvent(Arena arena) {
        return Libc.pollfds(arena, event);
    }

    @Override
    public void close() {
        event.close();
    }
}
