package jflannel.lab;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import jflannel.lease.ConfigException;

/// The directory in which this program was installed or built, with its `bin` and `lib`.
final class Distribution {
    private Distribution() {}

    /// This build's flanneld.
    ///
    /// @throws ConfigException if there is none
    static Path flanneld() {
        return program("bin/flanneld");
    }

    /// This build's CNI plugin.
    ///
    /// @throws ConfigException if there is none
    static Path cniPlugin() {
        return program("cni/flannel");
    }

    /// The examples in the documentation, which are not built.
    static Path examples() {
        return home().resolve("../../docs/examples").normalize();
    }

    private static Path program(String name) {
        Path program = home().resolve(name);
        if (!Files.isExecutable(program)) {
            throw new ConfigException(name, program, "Build it first: ./flannel build.");
        }
        return program;
    }

    private static Path home() {
        String given = System.getProperty("jflannel.home");
        if (given != null) {
            return Path.of(given);
        }
        try {
            Path code = Path.of(Distribution.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            // an installed jar is in lib; compiled classes are beside the directory that the build fills
            return Files.isDirectory(code)
                    ? code.resolveSibling("jflannel")
                    : code.getParent().getParent();
        } catch (URISyntaxException e) {
            throw new AssertionError("a file's own URI is well formed", e);
        }
    }
}
