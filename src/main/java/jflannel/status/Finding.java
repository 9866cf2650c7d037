package jflannel.status;

import java.time.Instant;

/// One thing that is wrong now.
///
/// @param subject what it concerns, if there may be several: a peer, a file, a worker; else empty
/// @param detail what exactly is wrong, in one sentence for an operator
/// @param since when it was first found
public record Finding(Condition condition, String subject, String detail, Instant since) {
    /// `backend: the kernel refuses …`
    public String words() {
        return condition.check() + ": " + detail;
    }
}
