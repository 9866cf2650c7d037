package jflannel.dataplane;

import jflannel.linux.Errno;

/// Logs what the kernel refuses to do with packets, once for each reason; the counters say how often. For one thread.
final class Refusals {
    private static final int ERRNO_END = 134; // asm-generic/errno.h ends with EHWPOISON, 133

    private final System.Logger log;
    private final String operation;
    private final boolean[] seen = new boolean[ERRNO_END];

    Refusals(System.Logger log, String operation) {
        this.log = log;
        this.operation = operation;
    }

    /// @param result a negated error number
    void report(long result) {
        int errno = (int) Math.min(-result, ERRNO_END - 1);
        if (!seen[errno]) {
            seen[errno] = true;
            log.log(
                    System.Logger.Level.WARNING,
                    "cannot {0}: {1} [errno {2}]; further cases are only counted",
                    operation,
                    Errno.words(errno),
                    errno);
        }
    }
}
