package jflannel.backend;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.dataplane.Counter;
import jflannel.kernel.Outcome;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.Peers;

/// One way of carrying pod traffic between nodes. Only the control thread calls it: [#announce] once, then
/// [#reconcile] any number of times, then [#close].
public interface Backend extends AutoCloseable {
    /// What other nodes must know to reach this one. Makes the device first if its properties are part of that.
    Announcement announce() throws IOException;

    /// The largest packet that a pod may send, in bytes including its IP header.
    int mtu();

    /// Makes the kernel match: this node's device and addresses for `own`, the way to every one of `peers`, and
    /// nothing of ours beyond that. Repeating the call is harmless, and is how failures are retried.
    ///
    /// @return what was changed, and what the kernel refused while the rest went on
    /// @throws IOException if nothing could be done at all, for example because the external interface is gone
    Outcome reconcile(Lease own, Peers peers) throws IOException;

    /// Makes the way to nodes that have just joined, ahead of the next [#reconcile], which looks at everything and
    /// takes the longer the more peers there are. Only adds what is in nobody's way.
    ///
    /// @param newcomers none of which the last reconcile knew
    /// @return what was added
    default Outcome welcome(Lease own, Peers newcomers) throws IOException {
        return Outcome.NOTHING;
    }

    /// The leases, by [Lease#key], and the single subnets of leases that the last [#reconcile] made no way to, because
    /// what they say makes no sense here. What the kernel refused is in its [Outcome].
    Set<Object> ignored();

    /// What the packet loops have counted since they began; empty where packets do not pass through this process. Any
    /// thread may ask.
    default Map<Counter, Long> counters() {
        return Map.of();
    }

    /// The tunnel whose packets the kernel unwraps, whoever sent them; empty without one, and before [#reconcile] made
    /// it.
    default Optional<Tunnel> tunnel() {
        return Optional.empty();
    }

    /// The names of the devices this backend makes: changes to them are worth a reconcile.
    Set<String> devices();

    /// Ends what must end with the process; what carries packets in the kernel stays.
    @Override
    void close();
}
