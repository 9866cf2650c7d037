package jflannel.dataplane;

/// Keeps a queue short by dropping a packet now and then, upon which senders of TCP send less: CoDel,
/// [RFC 8289](https://www.rfc-editor.org/rfc/rfc8289).
///
/// A burst may queue up, and soon is sent. A queue in which all packets have waited for longer than a target during a
/// whole interval is one that does not shrink by itself: it fills the receiver's window. For one thread.
final class QueueDelay {
    static final long TARGET_NANOS = 1_000_000; // a few super-packets; RFC 8289 has 5 ms, for links to the Internet
    static final long INTERVAL_NANOS = 100_000_000; // as in RFC 8289: a long round trip

    /// For how many intervals it remembers how often it had to drop.
    private static final int MEMORY = 16;

    private boolean late;
    private long lateSince;
    private boolean dropping;
    private long nextDrop;
    private int drops;
    private int dropsAtBegin;

    /// Called for each packet that leaves the queue.
    ///
    /// @param now in nanoseconds
    /// @param waited how long the packet was in the queue, in nanoseconds
    /// @param alone true if there was no other, and thus no queue
    /// @return true to drop it
    boolean drops(long now, long waited, boolean alone) {
        if (waited < TARGET_NANOS || alone) {
            late = false;
            dropping = false;
            return false;
        }
        if (!late) {
            late = true;
            lateSince = now;
        }
        if (dropping ? now - nextDrop < 0 : now - lateSince < INTERVAL_NANOS) {
            return false;
        }
        if (dropping) {
            drops++;
        } else {
            begin(now);
        }
        nextDrop = now + (long) (INTERVAL_NANOS / Math.sqrt(drops));
        return true;
    }

    /// Begins where it left off, if that was not long ago.
    private void begin(long now) {
        dropping = true;
        int recent = drops - dropsAtBegin;
        drops = recent > 1 && now - nextDrop < MEMORY * INTERVAL_NANOS ? recent : 1;
        dropsAtBegin = drops;
    }
}
