package jflannel.control;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import jflannel.options.Options;

/// The certificates and keys for the store, as they lie on the disk at one moment: equal if nobody has replaced them.
///
/// @param marks of each file, what changes with it
record Credentials(List<String> marks) {
    static Credentials of(Options.Etcd etcd) {
        return new Credentials(Stream.of(etcd.caFile, etcd.certFile, etcd.keyFile)
                .filter(Objects::nonNull)
                .map(Credentials::mark)
                .toList());
    }

    private static String mark(Path file) {
        try {
            // of where links lead to: a mounted secret is replaced by turning a link
            return file + " " + Files.getLastModifiedTime(file) + " " + Files.size(file) + " " + file.toRealPath();
        } catch (IOException e) {
            return file + " cannot be read";
        }
    }
}
