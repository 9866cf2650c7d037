package jflannel.control;

/// Keeps the heap close to what is in use. Reading everyone's leases takes several times the memory of keeping them.
/// By itself the collector lets that pile up until the heap has its maximum size, and returns nothing to the system.
/// So the loop asks it to, when it is idle and after its first pass. For one thread.
final class IdleMemory {
    /// Below that, collecting costs more than it brings, in bytes.
    private static final long SLACK = 4L << 20;

    private long usedAfterLast;

    /// To be called when nothing waits: collecting stops all threads, for some tens of milliseconds in a cluster of
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
