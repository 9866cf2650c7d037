package jflannel.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The configurations that delegates were given, kept so that DEL undoes what ADD did even if subnet.env has changed.
///
/// `<dataDir>/<containerID>` is the file of Go flannel, so that either plugin can undo the other's work. One name for a
/// container is too few if it has two interfaces, and none tells the interface when a leftover is cleared away; so a
/// hard link `<containerID>@<interface>` stands beside it. No container is named like that, for `@` is not allowed.
///
/// @param directory made by the first save, for root alone
record SavedConfs(Path directory) {
    private static final FileAttribute<Set<PosixFilePermission>> DIRECTORY_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
    private static final FileAttribute<Set<PosixFilePermission>> FILE_MODE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

    /// One interface of one container.
    ///
    /// @param ifName empty if Go flannel saved it, which does not tell
    record Attachment(String containerId, String ifName) {
        private String fileName() {
            return ifName.isEmpty() ? containerId : containerId + "@" + ifName;
        }
    }

    /// Saves a configuration so that it outlives a loss of power. Readers never see half of it.
    ///
    /// @return the file
    Path save(Attachment attachment, String conf) throws IOException {
        Files.createDirectories(directory, DIRECTORY_MODE);
        Path fresh = directory.resolve("." + ProcessHandle.current().pid() + "-" + System.nanoTime() + ".new");
        try {
            try (FileChannel file = FileChannel.open(
                    fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), FILE_MODE)) {
                ByteBuffer rest = ByteBuffer.wrap(conf.getBytes(UTF_8));
                while (rest.hasRemaining()) {
                    file.write(rest);
                }
                file.force(true);
            }
            Path link = path(attachment);
            Files.deleteIfExists(link);
            Files.createLink(link, fresh);
            Files.move(
                    fresh,
                    directory.resolve(attachment.containerId),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
        return path(attachment);
    }

    /// The configuration of an interface, or the only one of its container if Go flannel saved it.
    ///
    /// @return empty if there is none
    Optional<String> find(Attachment attachment) throws IOException {
        Optional<String> own = read(path(attachment));
        return own.isPresent() ? own : read(directory.resolve(attachment.containerId));
    }

    /// Forgets an interface, and with its last interface the container.
    void remove(Attachment attachment) throws IOException {
        Files.deleteIfExists(path(attachment));
        for (Attachment other : all()) {
            if (other.containerId.equals(attachment.containerId) && !other.ifName.isEmpty()) {
                return;
            }
        }
        Files.deleteIfExists(directory.resolve(attachment.containerId));
    }

    /// All interfaces, and containers of which no interface is known. In no order.
    List<Attachment> all() throws IOException {
        List<Attachment> all = new ArrayList<>();
        Set<String> known = new HashSet<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                String name = file.getFileName().toString();
                int at = name.indexOf('@');
                String containerId = at < 0 ? name : name.substring(0, at);
                if (Request.isName(containerId)) {
                    all.add(new Attachment(containerId, at < 0 ? "" : name.substring(at + 1)));
                    if (at >= 0) {
                        known.add(containerId);
                    }
                }
            }
        } catch (NoSuchFileException e) {
            return Collections.emptyList();
        }
        all.removeIf(attachment -> attachment.ifName.isEmpty() && known.contains(attachment.containerId));
        return all;
    }

    private Path path(Attachment attachment) {
        return directory.resolve(attachment.fileName());
    }

    private static Optional<String> read(Path file) throws IOException {
        try {
            return Optional.of(new String(Files.readAllBytes(file), UTF_8));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }
}
