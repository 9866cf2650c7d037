package jflannel.firewall;

import java.io.IOException;

/// Collects the failures of several attempts that do not depend on each other.
final class Failures {
    private IOException all;

    void add(IOException failure) {
        if (all == null) {
            all = failure;
        } else {
            IOException both = new IOException(all.getMessage() + "; " + failure.getMessage(), all);
            both.addSuppressed(failure);
            all = both;
        }
    }

    /// @throws IOException if anything failed, with the messages of all failures
    void throwAny() throws IOException {
        if (all != null) {
            throw all;
        }
    }
}
