package jflannel.control;

import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;

/// A reason for the control loop to look again.
sealed interface Trigger {
    /// @param link which connection to the store reports it: what an older one had to say is no news
    record LeasesChanged(int link, LeaseEvent event) implements Trigger {}

    /// The store grants this node a lease.
    ///
    /// @param link which connection to the store it came by
    record Enrolled(int link, Lease own) implements Trigger {}

    /// The administrator changed the file that holds the network configuration.
    record Reconfigured(NetworkConfig network) implements Trigger {}

    /// Someone changed a device, an address, a route or a neighbor that may be ours.
    record KernelChanged() implements Trigger {}

    /// The subnet file was written.
    record SubnetFileWritten() implements Trigger {}

    /// The certificates for the store were replaced by others that can be used.
    record CredentialsReplaced() implements Trigger {}
}
