package jflannel.probe;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;

/// What came back of echo requests (ping) to one address.
///
/// @param target that they were sent to
/// @param sent how many small ones
/// @param times how long each answer to those took
/// @param whole the largest packet that should pass, in bytes with its IP header
/// @param passed the largest that was answered; 0 if none was
public record Echo(Ip target, int sent, List<Duration> times, int whole, int passed) {
    /// Of a usual ping: 56 bytes of data.
    private static final int SMALL_V4 = 84;

    private static final int SMALL_V6 = 104;
    private static final int COUNT = 4;
    private static final Duration FIRST_PATIENCE = Duration.ofMillis(500);
    private static final Duration LEAST_PATIENCE = Duration.ofMillis(50);
    private static final int TIMES_USUAL = 4;
    private static final int TRIES = 2;

    public Echo {
        times = List.copyOf(times);
    }

    /// Sends some small packets, and then larger ones that no router may cut, to find the largest that passes. If none
    /// is lost, that takes a few round-trip times; otherwise three seconds at most.
    ///
    /// An address without a route to it does not answer.
    ///
    /// @param whole the largest that should pass
    /// @throws KernelException if this process may not send such packets
    public static Echo of(Ip target, int whole) throws KernelException {
        try (RawProbe probe = RawProbe.echo(target)) {
            int small = target.family() == Family.IPV4 ? SMALL_V4 : SMALL_V6;
            List<Duration> times = new ArrayList<>();
            Duration patience = FIRST_PATIENCE;
            for (int i = 0; i < COUNT; i++) {
                Optional<Duration> time = probe.roundTrip(small, patience);
                if (time.isPresent()) {
                    times.add(time.get());
                    patience = max(LEAST_PATIENCE, time.get().multipliedBy(TIMES_USUAL));
                } else if (i == 1 && times.isEmpty()) {
                    return new Echo(target, 2, times, whole, 0);
                }
            }
            return new Echo(target, COUNT, times, whole, passed(probe, small, whole, patience));
        } catch (KernelException e) {
            if (e.is(Errno.ENETUNREACH) || e.is(Errno.EHOSTUNREACH)) {
                return new Echo(target, 1, List.of(), whole, 0);
            }
            throw e;
        }
    }

    private static int passed(RawProbe probe, int small, int whole, Duration patience) {
        if (passes(probe, whole, patience)) {
            return whole;
        }
        int passing = small;
        int failing = whole;
        while (failing - passing > 1) {
            int middle = (passing + failing) / 2;
            if (passes(probe, middle, patience)) {
                passing = middle;
            } else {
                failing = middle;
            }
        }
        return passing;
    }

    private static boolean passes(RawProbe probe, int size, Duration patience) {
        for (int i = 0; i < TRIES; i++) {
            if (probe.answers(size, patience)) {
                return true;
            }
        }
        return false;
    }

    private static Duration max(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

    public boolean isAnswered() {
        return !times.isEmpty();
    }

    /// True if small packets pass, and some that should do not.
    public boolean hasHole() {
        return isAnswered() && passed < whole;
    }

    /// How many of the small packets were lost, in percent.
    public int loss() {
        return 100 * (sent - times.size()) / sent;
    }

    /// The mean time of the answers; zero if there was none.
    public Duration mean() {
        return times.isEmpty()
                ? Duration.ZERO
                : times.stream().reduce(Duration.ZERO, Duration::plus).dividedBy(times.size());
    }
}
