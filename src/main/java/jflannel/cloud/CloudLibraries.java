package jflannel.cloud;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import jflannel.lease.BackendType;

/// Finds what speaks to a cloud: in the folder `cloud` beside this program's jar, where the package `jflannel-cloud`
/// puts it. A daemon without such a backend never looks there.
final class CloudLibraries {
    private CloudLibraries() {}

    /// Empty if it is not installed.
    static Optional<CloudProvider> find(BackendType backend) {
        // not closed: classes are loaded from it as long as they are used
        return ServiceLoader.load(CloudProvider.class, new URLClassLoader("cloud", jars(), ours())).stream()
                .map(ServiceLoader.Provider::get)
                .filter(provider -> provider.backend() == backend)
                .findFirst();
    }

    private static ClassLoader ours() {
        return CloudLibraries.class.getClassLoader();
    }

    private static URL[] jars() {
        try (Stream<Path> files = Files.list(folder())) {
            return files.filter(file -> file.toString().endsWith(".jar"))
                    .sorted()
                    .map(CloudLibraries::url)
                    .toArray(URL[]::new);
        } catch (IOException e) {
            return new URL[0]; // not installed
        }
    }

    /// Where the jars belong.
    static Path folder() {
        try {
            URL here =
                    CloudLibraries.class.getProtectionDomain().getCodeSource().getLocation();
            return Path.of(here.toURI()).resolveSibling("cloud");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static URL url(Path file) {
        try {
            return file.toUri().toURL();
        } catch (MalformedURLException e) {
            throw new UncheckedIOException(e);
        }
    }
}
