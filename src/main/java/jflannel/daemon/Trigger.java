package jflannel.daemon;

import jflannel.lease.LeaseEvent;

/// A reason for the control loop to look again.
sealed interface Trigger {
    record LeasesChanged(LeaseEvent event) implements Trigger {}

    /// Someone changed a device, an address, a route or a neighbor that may be ours.
    record KernelChanged() implements Trigger {}

    /// Someone changed firewall rules that may be ours.
    record RulesChanged() implements Trigger {}

    record Stop() implements Trigger {}
}
