package jflannel.dump;

import java.io.IOException;

/// A file of the bundle.
///
/// @param name with folders
record BundleFile(String name, Source source) {
    /// Where its text comes from.
    interface Source {
        /// @throws IOException or a RuntimeException if there is none; the message becomes the file's text
        String read() throws IOException;
    }
}
