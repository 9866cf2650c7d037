package jflannel.firewall;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// How the tool of this node words the rules that it was given. Releases differ in that, and rules that only
/// look different must not be written again and again.
final class Wording {
    private final Map<List<String>, List<String>> learnt = new HashMap<>();

    /// True if `listed` is what the tool makes of `told`.
    boolean same(List<String> told, List<String> listed) {
        return listed.equals(told) || listed.equals(learnt.get(told));
    }

    /// Records what the tool lists right after it was given the rules. Not if lines are missing or too many: then
    /// somebody else was faster.
    ///
    /// @return true if this wording is new
    boolean learn(List<String> told, List<String> listed) {
        if (listed.size() != told.size() || same(told, listed)) {
            return false;
        }
        learnt.put(told, listed);
        return true;
    }
}
