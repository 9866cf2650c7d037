package jflannel.page;

import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import jflannel.ip.Ip;
import jflannel.kernelpath.Counts;

/// Where the page learns about the running node. Any thread may ask, and none of this waits for the control thread.
public interface NodeSource {
    /// Grows with each pass, after which a view may be another one.
    long passes();

    /// Has the control thread make a view, and call back.
    void request(Consumer<PeerView> then);

    /// The way of a packet, as `flannel trace -o json` prints it. May take seconds.
    ///
    /// @throws IllegalArgumentException if this node cannot follow such a packet, with the reason
    /// @throws IOException if the kernel's tables or the rules cannot be read
    Map<String, Object> way(WayQuery query) throws IOException;

    /// What the kernel counts for each peer's host; empty if it does not count them singly.
    Map<Ip, Counts> countsByHost();

    /// How many packets the peer filter has dropped, by reason; empty if there is none.
    Map<String, Long> filtered();
}
