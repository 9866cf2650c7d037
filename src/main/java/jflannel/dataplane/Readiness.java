package jflannel.dataplane;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jflannel.linux.Fd;
import jflannel.linux.Libc;

/// Waits until one descriptor has input, or has room for output, or the tunnel ends. For one thread.
final class Readiness {
    private static final int EVENTS = 4; // offset in struct pollfd, poll(2)
    private static final int FUTILE_WAKES = 16;
    private static final int FUTILE_PAUSE_MILLIS = 10;

    private final StopSignal stop;
    private final MemorySegment descriptorAndStop;
    private final MemorySegment stopOnly;
    private final MemorySegment callState;
    private final Moderation moderation = new Moderation(System::nanoTime);
    private int wakes;

    private Readiness(Fd fd, short events, StopSignal stop) {
        Arena arena = Arena.ofAuto();
        this.stop = stop;
        this.descriptorAndStop = Libc.pollfds(arena, fd, stop.event());
        this.descriptorAndStop.set(JAVA_SHORT, EVENTS, events);
        this.stopOnly = stop.onlyTheEvent(arena);
        this.callState = Libc.callState(arena);
    }

    static Readiness ofInput(Fd fd, StopSignal stop) {
        return new Readiness(fd, Libc.POLLIN, stop);
    }

    static Readiness ofOutput(Fd fd, StopSignal stop) {
        return new Readiness(fd, Libc.POLLOUT, stop);
    }

    /// Waits for input, or lingers for a moment in which input may come together: the caller tries and asks again.
    void awaitNext() {
        if (!moderation.linger()) {
            await(-1);
            moderation.slept();
        }
    }

    /// Waits at most `timeoutMillis`, or forever with -1. May return early: the caller tries and asks again.
    ///
    /// A descriptor in a state of error is always "ready". If waiting was futile many times over, with no call of
    /// [#succeeded] in between, the thread sleeps a little so that it does not eat a processor.
    void await(int timeoutMillis) {
        Libc.poll(descriptorAndStop, timeoutMillis, callState);
        if (++wakes > FUTILE_WAKES) {
            pause(FUTILE_PAUSE_MILLIS);
        }
    }

    /// The descriptor did what was waited for.
    void succeeded() {
        wakes = 0;
        moderation.found();
    }

    /// Waits only for the end of the tunnel.
    void pause(int millis) {
        stop.pause(millis, stopOnly, callState);
    }
}
