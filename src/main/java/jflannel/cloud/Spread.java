package jflannel.cloud;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// When to call a cloud, so that many nodes that start at once stay below what its API allows per account. Amazon EC2
/// grants a burst of 100 reads and 20 more each second, and of 50 writes and 5 more each second; the other clouds grant
/// more. Nodes know how many they are, and how many of them lack a route; so each waits for a random part of the time
/// that all of them take, and nobody waits in a cluster that is small, or where all others have theirs.
record Spread(RandomGenerator random) {
    /// These many may call at once.
    private static final int READERS = 50;

    private static final int READS_PER_SECOND = 15;
    private static final int WRITERS = 20;
    private static final int WRITES_PER_SECOND = 4;

    /// How long after its start a node looks for the first time.
    ///
    /// @param nodes in the cluster
    Duration beforeLook(int nodes) {
        return within(nodes - READERS, READS_PER_SECOND);
    }

    /// How long after that look it writes.
    ///
    /// @param writers the nodes that lack a route
    Duration beforeWrite(int writers) {
        return within(writers - WRITERS, WRITES_PER_SECOND);
    }

    private Duration within(int callers, int perSecond) {
        return callers <= 0
                ? Duration.ZERO
                : part(Duration.ofSeconds(1).multipliedBy(callers + perSecond).dividedBy(perSecond));
    }

    /// Between nine and eleven tenths of a time, so that nodes do not keep in step.
    Duration about(Duration time) {
        return Duration.ofNanos((long) (time.toNanos() * (0.9 + random.nextDouble() * 0.2)));
    }

    /// Up to that time: after a refusal, callers that come back must not come back together.
    Duration part(Duration time) {
        return Duration.ofNanos((long) (time.toNanos() * random.nextDouble()));
    }
}
