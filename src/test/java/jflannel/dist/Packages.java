package jflannel.dist;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// What `./flannel package` makes of the programs that the build just made: once for all tests, which run in several
/// processes.
final class Packages {
    private static final Path FOLDER = Path.of("target/packages").toAbsolutePath();
    private static final Path STAMP = FOLDER.resolve(".made");
    private static final Path LOCK = Path.of("target/packages.lock");
    private static final int PATIENCE_MINUTES = 5;
    private static boolean made;
    private static IOException failure;

    private Packages() {}

    static Path deb() throws IOException {
        return file("jflannel_", ".deb");
    }

    /// The addition for clouds.
    static Path cloudDeb() throws IOException {
        return file("jflannel-cloud_", ".deb");
    }

    /// The OCI archive.
    static Path image() throws IOException {
        return file("jflannel-flanneld_", ".oci.tar");
    }

    private static Path file(String beginning, String ending) throws IOException {
        makeOnce();
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.getFileName().toString().startsWith(beginning))
                    .filter(file -> file.toString().endsWith(ending))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static synchronized void makeOnce() throws IOException {
        if (!made) {
            made = true;
            try (FileChannel lock = FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                lock.lock(); // until it is closed
                if (!isUpToDate()) {
                    make();
                    Files.writeString(STAMP, "");
                }
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
    }

    /// True if they were made of what there is now.
    private static boolean isUpToDate() throws IOException {
        if (!Files.exists(STAMP)) {
            return false;
        }
        FileTime then = Files.getLastModifiedTime(STAMP);
        for (Path input : List.of(Path.of("flannel"), Path.of("src/packaging"), Path.of("target/jflannel"))) {
            try (Stream<Path> files = Files.walk(input)) {
                for (Path file : files.toList()) {
                    if (Files.getLastModifiedTime(file).compareTo(then) > 0) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private static void make() throws IOException {
        Path log = Path.of("target/package.log");
        ProcessBuilder builder = new ProcessBuilder("./flannel", "package", "--built");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        // what is packed is of interest, not how tightly
        builder.environment().put("DEB_COMPRESSION", "0");
        builder.environment().put("GZIP_LEVEL", "1");
        Process process =
                builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                throw new IOException("./flannel package failed:\n" + Files.readString(log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while packing", e);
        } finally {
            process.destroyForcibly();
        }
    }
}
