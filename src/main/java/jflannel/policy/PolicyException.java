package jflannel.policy;

/// A policy cannot be used; the message says which field is wrong.
public final class PolicyException extends Exception {
    private static final long serialVersionUID = 1L;

    PolicyException(String fault) {
        super(fault);
    }
}
