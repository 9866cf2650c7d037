package jflannel.live;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;

/// A file with a [TraceKey], which may be replaced at any time. One that is of no use leaves the former key in force.
final class KeyFile {
    private static final Logger LOG = System.getLogger(KeyFile.class.getName());

    private final Path file;
    private Optional<Stamp> stamp;
    private TraceKey key;

    /// What another file in its place differs in.
    private record Stamp(Object inode, FileTime written, long bytes) {
        static Optional<Stamp> of(Path file) {
            try {
                BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
                return Optional.of(new Stamp(found.fileKey(), found.lastModifiedTime(), found.size()));
            } catch (IOException e) {
                return Optional.empty();
            }
        }
    }

    /// @throws IOException as [TraceKey#read]
    KeyFile(Path file) throws IOException {
        this.file = file;
        this.stamp = Stamp.of(file);
        this.key = TraceKey.read(file);
    }

    /// The key that counts now. Costs one look at the file.
    TraceKey now() {
        Optional<Stamp> found = Stamp.of(file);
        if (!found.equals(stamp)) {
            stamp = found;
            try {
                key = TraceKey.read(file);
                LOG.log(Level.INFO, "The trace key was replaced");
            } catch (IOException e) {
                LOG.log(Level.WARNING, "The former trace key stays in force: {0}", e.toString());
            }
        }
        return key;
    }
}
