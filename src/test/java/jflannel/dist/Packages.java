package jflannel.dist;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// What `./flannel package` makes of the programs that the build just made: once for all tests.
final class Packages {
    private static final Path FOLDER = Path.of("target/packages").toAbsolutePath();
    private static final int PATIENCE_MINUTES = 5;
    private static boolean made;
    private static IOException failure;

    private Packages() {}

    static Path deb() throws IOException {
        return file(".deb");
    }

    /// The OCI archive.
    static Path image() throws IOException {
        return file(".oci.tar");
    }

    private static Path file(String ending) throws IOException {
        makeOnce();
        try (Stream<Path> files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private static synchronized void makeOnce() throws IOException {
        if (!made) {
            made = true;
            try {
                make();
            } catch (IOException e) {
                failure = e;
            }
        }
        if (failure != null) {
            throw failure;
        }
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
