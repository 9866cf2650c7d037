package jflannel.lease;

/// A configuration that this node cannot follow now. Unlike other settings that are wrong this may pass by itself:
/// another node's lease ends, or an interface gets a larger MTU. So a node waits, rather than end.
public final class NotYetException extends ConfigException {
    private static final long serialVersionUID = 1L;

    /// As [ConfigException].
    public NotYetException(String where, Object value, String need) {
        super(where, value, need);
    }

    /// As [ConfigException].
    public NotYetException(String message) {
        super(message);
    }
}
