package jflannel.lease;

/// Certificates or keys for the store are missing or cannot be used. Another program may write them later, so a node
/// waits for them rather than end.
public final class CredentialsException extends ConfigException {
    private static final long serialVersionUID = 1L;

    /// As [ConfigException].
    public CredentialsException(String where, Object value, String need) {
        super(where, value, need);
    }
}
