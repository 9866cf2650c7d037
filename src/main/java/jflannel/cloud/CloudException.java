package jflannel.cloud;

import jflannel.status.Condition;

/// Why a call to a cloud failed. The message names what was asked of whom, and is shown to operators; it may quote the
/// cloud.
public final class CloudException extends Exception {
    private static final long serialVersionUID = 1;

    /// What to do about it.
    public enum Fault {
        /// No credentials, or the cloud does not accept them.
        CREDENTIALS(Condition.CLOUD_CREDENTIALS),
        /// The credentials may not do this.
        PERMISSION(Condition.CLOUD_PERMISSION),
        /// The table is full.
        QUOTA(Condition.CLOUD_QUOTA),
        /// Too many calls; later ones succeed.
        THROTTLED(Condition.CLOUD_THROTTLED),
        /// Anything else: no answer, or a refusal.
        FAILED(Condition.CLOUD_FAILING);

        private final Condition condition;

        Fault(Condition condition) {
            this.condition = condition;
        }

        Condition condition() {
            return condition;
        }
    }

    private final Fault fault;

    public CloudException(Fault fault, String message) {
        super(message);
        this.fault = fault;
    }

    public CloudException(Fault fault, String message, Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    public Fault fault() {
        return fault;
    }
}
