package jflannel.control;

import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.Map;
import jflannel.work.LogLimit;

/// Logs why a peer cannot be reached, once for as long as it lasts: passes repeat every few seconds. For one thread.
final class PeerLog {
    private static final int LINES = 20;

    private final LogLimit log = new LogLimit(System.getLogger(PeerLog.class.getName()), LINES);
    private final Map<Object, String> known = new HashMap<>();

    /// @param ignored reasons by [Lease#key], or by the single subnet
    void ignored(Map<Object, String> ignored) {
        known.keySet().retainAll(ignored.keySet());
        ignored.forEach((subject, why) -> {
            if (!why.equals(known.put(subject, why))) {
                log.log(Level.WARNING, "ignoring " + words(subject) + ": " + why);
            }
        });
        log.flush();
    }

    /// A subnet, or the list of them that is a lease's key.
    static String words(Object subject) {
        return subject.toString().replaceAll("[\\[\\]]", "");
    }
}
