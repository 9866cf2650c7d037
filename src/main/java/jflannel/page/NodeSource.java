package jflannel.page;

import java.util.Map;
import java.util.function.Consumer;

/// Where the page learns about the running node. Any thread may ask, and none of this waits for the control thread.
public interface NodeSource {
    /// Grows with each pass, after which a view may be another one.
    long passes();

    /// Has the control thread make a view, and call back.
    void request(Consumer<PeerView> then);

    /// How many packets the peer filter has dropped, by reason; empty if there is none.
    Map<String, Long> filtered();
}
