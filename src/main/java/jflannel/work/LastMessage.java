package jflannel.work;

/// The last message about one thing, so that a state that is looked at again and again is logged when it changes, and
/// not at every look. Any thread may use it.
public final class LastMessage {
    private String last = "";

    /// Takes a message, which should be logged if the answer is true.
    ///
    /// @param message empty if all is well, which is never logged
    /// @return true if it differs from the last one
    public synchronized boolean changesTo(String message) {
        boolean changed = !message.equals(last);
        last = message;
        return changed && !message.isEmpty();
    }

    /// From now on the next message counts as a new one.
    public void clear() {
        changesTo("");
    }
}
