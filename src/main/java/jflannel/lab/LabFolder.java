package jflannel.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.stream.Stream;

/// Where labs keep their files: a private directory of this user, below `$XDG_RUNTIME_DIR` or /tmp.
final class LabFolder {
    /// System property with which tests keep their labs apart from their user's.
    static final String ELSEWHERE = "jflannel.lab.folder";

    /// The file that names the process a lab ends with.
    private static final String OWNER = "owner";

    private LabFolder() {}

    /// Creates a directory for one lab of this process, and removes those of labs that could not clean up.
    static Path create() throws IOException {
        Path base = base();
        try (DirectoryStream<Path> owners = Files.newDirectoryStream(base, "lab-*")) {
            for (Path folder : owners) {
                if (isAbandoned(folder)) {
                    delete(folder);
                }
            }
        }
        Path folder = Files.createTempDirectory(base, "lab-");
        ProcessId self = ProcessId.of(ProcessHandle.current().pid());
        Files.writeString(folder.resolve(OWNER), self.pid() + " " + self.started());
        return folder;
    }

    /// Lets a directory outlive this process.
    static void keep(Path folder) throws IOException {
        Files.delete(folder.resolve(OWNER));
    }

    private static boolean isAbandoned(Path folder) throws IOException {
        Path owner = folder.resolve(OWNER);
        if (!Files.exists(owner)) {
            return false; // kept, or still being created
        }
        String[] words = Files.readString(owner).split(" ");
        return words.length == 2 && !new ProcessId(Long.parseLong(words[0]), Long.parseLong(words[1])).isAlive();
    }

    /// The directory of all this user's labs. Created if necessary, and rejected if another user may have made it.
    static Path base() throws IOException {
        String given = System.getProperty(ELSEWHERE);
        if (given != null) {
            return Path.of(given);
        }
        String runtime = System.getenv("XDG_RUNTIME_DIR");
        Path parent = runtime == null || !runtime.startsWith("/") || !Files.isDirectory(Path.of(runtime))
                ? Path.of("/tmp")
                : Path.of(runtime);
        Path base = parent.resolve("jflannel-lab-" + realUser(Files.readString(Path.of("/proc/self/uid_map")), user()));
        try {
            Files.createDirectory(
                    base, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (FileAlreadyExistsException e) {
            boolean ours = Files.isDirectory(base, LinkOption.NOFOLLOW_LINKS)
                    && Files.getAttribute(base, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                            .equals(user())
                    && PosixFilePermissions.toString(Files.getPosixFilePermissions(base, LinkOption.NOFOLLOW_LINKS))
                            .equals("rwx------");
            if (!ours) {
                throw new IOException(base + " is not a private directory of this user. Remove it", e);
            }
        }
        return base;
    }

    private static int user() throws IOException {
        return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    }

    /// The user outside of the user namespace that this process may be in.
    ///
    /// @param map the lines of /proc/self/uid_map: first id inside, first id outside, count; user_namespaces(7)
    /// @param inside the user inside
    static long realUser(String map, int inside) {
        for (String line : map.lines().toList()) {
            String[] fields = line.strip().split("\\s+");
            long first = Long.parseLong(fields[0]);
            if (inside >= first && inside < first + Long.parseLong(fields[2])) {
                return Long.parseLong(fields[1]) + inside - first;
            }
        }
        return inside;
    }

    /// Removes a directory and its contents, as far as possible.
    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException | UncheckedIOException e) { // another process may be removing it, too
            System.getLogger(LabFolder.class.getName())
                    .log(System.Logger.Level.WARNING, "cannot remove {0}: {1}", folder, e.getMessage());
        }
    }
}
