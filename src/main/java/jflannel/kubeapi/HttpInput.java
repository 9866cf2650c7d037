package jflannel.kubeapi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;

/// The input of a connection: lines of HTTP, and bytes of bodies. Returns what it has without waiting for more.
final class HttpInput {
    private static final int BUFFER = 8 * 1024;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int at;
    private int end;
    private final StringBuilder line = new StringBuilder();

    HttpInput(InputStream in) {
        this.in = in;
    }

    int read(byte[] into, int from, int length) throws IOException {
        if (at == end && length >= BUFFER) {
            return in.read(into, from, length);
        }
        if (at == end && !fill()) {
            return -1;
        }
        int count = Math.min(length, end - at);
        System.arraycopy(buffer, at, into, from, count);
        at += count;
        return count;
    }

    /// Waits for the next byte, without consuming it.
    ///
    /// @return false if the connection ends instead
    boolean begins() throws IOException {
        return at < end || fill();
    }

    /// Reads a line, without its end. On a timeout, the part that has arrived is kept for the next call.
    ///
    /// @throws IOException if the connection ends within the line, or the line is too long
    String line() throws IOException {
        while (true) {
            if (at == end && !fill()) {
                throw new IOException("it ends too early");
            }
            int from = at;
            while (at < end && buffer[at] != '\n') {
                at++;
            }
            line.append(new String(buffer, from, at - from, ISO_8859_1));
            if (line.length() > BUFFER) {
                throw new IOException("a line of its head is too long");
            }
            if (at < end) {
                at++;
                return takeLine();
            }
        }
    }

    private String takeLine() {
        int length = line.length();
        String taken = line.substring(0, length > 0 && line.charAt(length - 1) == '\r' ? length - 1 : length);
        line.setLength(0);
        return taken;
    }

    private boolean fill() throws IOException {
        int count = in.read(buffer, 0, buffer.length);
        at = 0;
        end = Math.max(0, count);
        return count > 0;
    }
}
