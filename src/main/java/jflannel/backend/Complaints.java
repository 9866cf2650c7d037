package jflannel.backend;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Warnings about peers, each said once for as long as its cause lasts: a reconcile repeats every few seconds, and what
/// it meets again is no news.
///
/// Only the control thread uses it: [#about] for each fault that a reconcile meets, then [#endOfRound].
final class Complaints {
    private final Logger log;
    private final Map<Object, String> said = new HashMap<>();
    private final Set<Object> thisRound = new HashSet<>();

    Complaints(Logger log) {
        this.log = log;
    }

    void about(Object subject, String fault) {
        thisRound.add(subject);
        if (!fault.equals(said.put(subject, fault))) {
            log.log(Level.WARNING, fault);
        }
    }

    /// What was complained of in the last round.
    Set<Object> subjects() {
        return Set.copyOf(said.keySet());
    }

    /// Forgets what was not met again, so that it is told if it comes back.
    void endOfRound() {
        said.keySet().retainAll(thisRound);
        thisRound.clear();
    }
}
