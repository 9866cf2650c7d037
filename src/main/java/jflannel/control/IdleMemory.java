package jflannel.control;

/// Keeps the heap near to what is in use. A look at everybody's lease takes several times the memory of knowing them,
/// and the collector, left to itself, lets that pile up until the heap is as large as it may be; nor does it return
/// anything to the system by itself. So a loop that has nothing to do asks it to. For one thread.
final class IdleMemory {
    /// Below that, collecting costs more than it brings, in bytes.
    private static final long SLACK = 4L << 20;

    private long usedAfterLast;

    /// To be called when it is quiet: collecting holds up all threads, for some tens of milliseconds in a cluster of
    /// thousands.
    void rest() {
        if (used() > usedAfterLast + usedAfterLast / 2 + SLACK) {
            System.gc();
            usedAfterLast = used();
        }
    }

    private static long used() {
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
