package jflannel.dump;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/// A compressed archive of text files that only its owner may read: POSIX ustar, gzip.
final class Bundle implements AutoCloseable {
    private static final int BLOCK = 512;
    private static final int LONGEST_NAME = 99;

    private final OutputStream out;
    private final String folder;
    private final Instant time;

    /// @param file which must not exist
    /// @param folder that the files are in
    Bundle(Path file, String folder, Instant time) throws IOException {
        this.folder = folder;
        this.time = time;
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        out = new GZIPOutputStream(
                Files.newOutputStream(file, Set.of(StandardOpenOption.WRITE).toArray(StandardOpenOption[]::new)));
    }

    void add(String name, String text) throws IOException {
        String path = folder + "/" + name;
        if (path.length() > LONGEST_NAME) {
            throw new IllegalArgumentException("too long a name: " + path);
        }
        byte[] content = text.getBytes(StandardCharsets.UTF_8);
        out.write(header(path, content.length));
        out.write(content);
        out.write(new byte[(BLOCK - content.length % BLOCK) % BLOCK]);
    }

    private byte[] header(String path, int size) {
        byte[] header = new byte[BLOCK];
        put(header, 0, path);
        put(header, 100, "0000600");
        put(header, 108, "0000000"); // owner
        put(header, 116, "0000000"); // group
        put(header, 124, "%011o".formatted(size));
        put(header, 136, "%011o".formatted(time.getEpochSecond()));
        Arrays.fill(header, 148, 156, (byte) ' '); // the checksum counts as blanks
        header[156] = '0'; // a file
        put(header, 257, "ustar\00000");
        int sum = 0;
        for (byte each : header) {
            sum += Byte.toUnsignedInt(each);
        }
        put(header, 148, "%06o\0".formatted(sum));
        return header;
    }

    private static void put(byte[] header, int at, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(bytes, 0, header, at, bytes.length);
    }

    @Override
    public void close() throws IOException {
        out.write(new byte[2 * BLOCK]);
        out.close();
    }
}
