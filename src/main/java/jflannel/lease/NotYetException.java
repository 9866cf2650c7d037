package jflannel.lease;

/// A configuration that this node cannot follow now. Unlike other settings that are wrong this may pass by itself:
/// another node's lease ends, an interface gets a larger MTU, or a kernel module is loaded. So a node waits, rather
/// than end.
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
