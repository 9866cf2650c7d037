package jflannel.linux;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/// Replaces files as a whole: a reader sees the old text or the new one, and so does whoever looks after a crash.
public final class AtomicFile {
    /// Permissions of a file that only root needs.
    public static final String PRIVATE = "rw-------";
    /// Permissions of a file that other programs read.
    public static final String PUBLIC = "rw-r--r--";

    private AtomicFile() {}

    /// Writes beside the file, flushes to the disk, and renames. Creates the directory if it is missing; others may
    /// enter it only if they may read the file.
    ///
    /// @param permissions as `ls -l` shows them
    public static void replace(Path file, String text, String permissions) throws IOException {
        Path path = file.toAbsolutePath();
        Path folder = path.getParent();
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(
                    folder, PosixFilePermissions.fromString(permissions.equals(PRIVATE) ? "rwx------" : "rwxr-xr-x"));
        }
        Path fresh = Files.createTempFile(folder, "." + path.getFileName(), ".new"); // created with mode 0600
        try {
            try (FileChannel channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString(permissions));
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }
}
