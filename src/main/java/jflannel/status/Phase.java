package jflannel.status;

/// How far the daemon has come.
public enum Phase {
    STARTING,
    WAITING_FOR_CONFIGURATION,
    WAITING_FOR_INTERFACE,
    WAITING_FOR_LEASE,
    /// The store has not named the other nodes yet; until it has, nothing is touched.
    WAITING_FOR_PEERS,
    /// It has all it needs, and makes this node as it should be.
    RUNNING,
    /// It ended because it could not start.
    FAILED,
    /// It was asked to end; pods keep their network.
    STOPPED
}
