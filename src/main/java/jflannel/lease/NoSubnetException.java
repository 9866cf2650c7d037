package jflannel.lease;

/// No subnet is left for this node. Unlike other settings that are wrong this may pass by itself: another node's lease
/// ends, or this host gives up an address.
public final class NoSubnetException extends ConfigException {
    private static final long serialVersionUID = 1L;

    /// As [ConfigException].
    public NoSubnetException(String where, Object value, String need) {
        super(where, value, need);
    }
}
