package jflannel.firewall;

import java.io.IOException;

/// What failed of several things that are all tried.
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

    /// @throws IOException if anything failed, with the words of each
    void throwAny() throws IOException {
        if (all != null) {
            throw all;
        }
    }
}
