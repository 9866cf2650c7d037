package jflannel.work;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;

/// Messages from other threads to one thread, in the order in which they were posted. It stays small however slow
/// that thread is: of two messages with equal subjects only the later one waits, and if too many details wait, one
/// summary replaces all of them.
///
/// @param <M> a message
public final class Inbox<M> {
    private final int mostDetails;
    private final Function<M, Object> subject;
    private final Predicate<M> isDetail;
    private final M summary;
    private final Map<Object, M> waiting = new LinkedHashMap<>();
    private int details;
    private boolean overflown;

    /// @param mostDetails how many details may wait
    /// @param subject messages with equal subjects replace each other
    /// @param isDetail true for messages that the summary can stand for
    /// @param summary not a detail itself
    public Inbox(int mostDetails, Function<M, Object> subject, Predicate<M> isDetail, M summary) {
        this.mostDetails = mostDetails;
        this.subject = subject;
        this.isDetail = isDetail;
        this.summary = summary;
    }

    /// Any thread may call this.
    public synchronized void post(M message) {
        boolean detail = isDetail.test(message);
        if (detail && overflown) {
            return;
        }
        M before = waiting.remove(subject.apply(message)); // the later one waits at its own place
        details += (detail ? 1 : 0) - (before != null && isDetail.test(before) ? 1 : 0);
        waiting.put(subject.apply(message), message);
        if (details > mostDetails) {
            overflown = true;
            details = 0;
            waiting.values().removeIf(isDetail);
            waiting.put(subject.apply(summary), summary);
        }
        notifyAll();
    }

    /// Waits for a message, and leaves it where it is.
    ///
    /// @param patience how long to wait
    /// @return the message that has waited longest; empty if none came
    public synchronized Optional<M> await(Duration patience) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (waiting.isEmpty()) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                return Optional.empty();
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return Optional.of(waiting.values().iterator().next());
    }

    /// Takes all waiting messages.
    public synchronized List<M> drain() {
        List<M> all = new ArrayList<>(waiting.values());
        waiting.clear();
        details = 0;
        overflown = false;
        return all;
    }
}
