package jflannel.tool;

import java.io.IOException;
import java.util.Optional;
import jflannel.live.TraceKey;
import jflannel.live.WitnessAccess;
import jflannel.options.Options;

/// The other nodes' witnesses of a live trace, which this node's key gives access to.
public final class Witnesses {
    private Witnesses() {}

    /// @param options of this node's daemon
    /// @return empty if it has no key
    /// @throws IOException if the key cannot be used
    public static Optional<WitnessAccess> of(Options options) throws IOException {
        return options.trace.key() == null
                ? Optional.empty()
                : Optional.of(new WitnessAccess(TraceKey.read(options.trace.key()), options.trace.port()));
    }
}
