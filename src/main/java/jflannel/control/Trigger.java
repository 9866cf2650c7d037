package jflannel.control;

import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;

/// A reason for the control loop to look again.
sealed interface Trigger {
    record LeasesChanged(LeaseEvent event) implements Trigger {}

    /// The store answers at last, to a node that began without it, and grants it this lease.
    record Enrolled(Lease own) implements Trigger {}

    /// Someone changed a device, an address, a route, a neighbor or a file that may be ours.
    record NodeChanged() implements Trigger {}

    /// Someone changed an nftables table, which iptables may live in too.
    record RulesChanged(String table) implements Trigger {}
}
