package jflannel.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Kernel settings under /proc/sys: those of the calling thread's network namespace, where they are per namespace.
public final class Sysctl {
    private static final Path ROOT = Path.of("/proc/sys");

    private Sysctl() {}

    /// Settings as they are, or as they were once.
    @FunctionalInterface
    public interface Source {
        /// As [Sysctl#read].
        Optional<String> read(String name) throws IOException;
    }

    /// A setting's name as sysctl(8) takes it: with dots, unless a device's name has one.
    public static String dotted(String name) {
        return name.contains(".") ? name : name.replace('/', '.');
    }

    /// @param name with slashes, because device names may contain dots: `net/ipv4/ip_forward`
    /// @return the value without surrounding white space, or empty if this kernel has no such setting
    public static Optional<String> read(String name) throws IOException {
        Path file = ROOT.resolve(name);
        return Files.exists(file) ? Optional.of(Files.readString(file).strip()) : Optional.empty();
    }

    /// @throws IOException if there is no such setting, or it cannot be written
    public static void write(String name, String value) throws IOException {
        Files.writeString(ROOT.resolve(name), value);
    }
}
