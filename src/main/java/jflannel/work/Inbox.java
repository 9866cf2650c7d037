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

/// What other threads want one thread to know, in the order in which they said it. It stays small however slow that
/// thread is: of two messages with equal subjects only the later one waits, and if too many details wait, one
/// message that speaks of everything takes the place of all of them.
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
    /// @param summary is no detail itself
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
        M before = waiting.remove(subject.apply(message)); // the later one stands where it was said
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
    /// @return the message that waits longest; empty if none came
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

    /// Takes all messages that wait.
    public synchronized List<M> drain() {
        List<M> all = new ArrayList<>(waiting.values());
        waiting.clear();
        details = 0;
        overflown = false;
        return all;
    }
}
