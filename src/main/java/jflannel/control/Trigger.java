package jflannel.control;

import java.util.function.Consumer;
import jflannel.kernel.KernelNews;
import jflannel.lease.Lease;
import jflannel.lease.LeaseEvent;
import jflannel.lease.NetworkConfig;

/// A reason for the control loop to act.
sealed interface Trigger {
    /// A later trigger with an equal subject supersedes an earlier one. By default, each is its own subject.
    default Object subject() {
        return new Object();
    }

    /// @param link the connection that reports it; reports of older ones are ignored
    record LeasesChanged(int link, LeaseEvent event) implements Trigger {}

    /// The store grants this node a lease.
    ///
    /// @param link the connection that it came from
    record Enrolled(int link, Lease own) implements Trigger {}

    /// The administrator changed the file that holds the network configuration.
    record Reconfigured(NetworkConfig network) implements Trigger {}

    /// Something in the kernel changed that may concern this node.
    record KernelChanged(KernelNews news) implements Trigger {
        @Override
        public Object subject() {
            return news.subject();
        }
    }

    /// The store or a name server of the host has another address.
    record LifelinesChanged() implements Trigger {}

    /// An audit of the kernel's tables has ended.
    record Audited(Audit.Findings findings) implements Trigger {}

    /// Another network of this daemon has other addresses or devices.
    record OtherNetworkChanged() implements Trigger {}

    /// The subnet file was written.
    record SubnetFileWritten() implements Trigger {}

    /// A command of the backend `extension` has made the node ready for pods.
    record CommandsStarted() implements Trigger {}

    /// A command of the backend `extension` has printed what this node is to announce.
    record CommandsAnnounced() implements Trigger {}

    /// Somebody wants to look at the node between two turns of the loop. Nothing comes of it before the first pass.
    ///
    /// @param subject of two looks with equal subjects, the later one is enough
    /// @param look takes a moment at most
    record LookWanted(Object subject, Consumer<ControlLoop.Work> look) implements Trigger {}

    /// The file with this node's WireGuard key holds another one, which is in use from now on.
    record KeyReplaced() implements Trigger {}

    /// The certificates for the store were replaced by others that can be used.
    record CredentialsReplaced() implements Trigger {}
}
