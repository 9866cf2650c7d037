package jflannel.tool;

import java.io.IOException;

/// Something that flanneld, or the CNI plugin, left on this host.
///
/// @param words what it is, for the operator
/// @param obstacle why it must stay for now, in words; empty if it may go
/// @param removal takes it away; harmless if it has gone meanwhile
record Remnant(String words, String obstacle, Removal removal) {
    Remnant(String words, Removal removal) {
        this(words, "", removal);
    }

    /// The work of removing.
    interface Removal {
        void run() throws IOException;
    }
}
