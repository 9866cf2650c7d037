package jflannel.kubeapi;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;

/// The body of an HTTP answer: RFC 9112, section 6. Reading fails when nothing has arrived for some time, since
/// nothing else reveals that a server was cut off. A more patient caller may continue to read after that.
final class Body extends InputStream {
    private static final int LONGEST_REST = 64 * 1024;

    private final HttpInput in;
    private final boolean chunked;
    private final boolean untilClose;
    private Duration patience;
    private long left;
    /// True between the length of a chunk and its end.
    private boolean inChunk;
    private boolean ended;

    /// @param in positioned after the head
    /// @param patience how long the server may be silent; the connection enforces it
    Body(HttpInput in, Head head, Duration patience) throws IOException {
        this.in = in;
        this.patience = patience;
        this.chunked = head.isChunked();
        this.left = chunked ? 0 : head.length().orElse(Long.MAX_VALUE);
        this.untilClose = !chunked && head.length().isEmpty();
        this.ended = !chunked && left == 0;
    }

    /// Sets the patience named in messages from now on.
    void patience(Duration time) {
        patience = time;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        try {
            if (ended || left == 0 && !nextChunk()) {
                ended = true;
                return -1;
            }
            int count = in.read(into, at, (int) Math.min(length, left));
            if (count < 0 && !untilClose) {
                throw new IOException("it ends too early");
            }
            ended = count < 0;
            left -= Math.max(0, count);
            ended |= !chunked && left == 0;
            return count;
        } catch (SocketTimeoutException e) {
            throw silence(e);
        } catch (ClosedByInterruptException e) {
            throw new IOException("interrupted while the Kubernetes API was answering", e);
        } catch (IOException e) {
            throw new IOException("the Kubernetes API's answer broke off: " + Connection.reason(e), e);
        }
    }

    private SocketTimeoutException silence(Exception cause) {
        SocketTimeoutException silence =
                new SocketTimeoutException("the Kubernetes API has been silent for " + patience.toSeconds() + " s");
        silence.initCause(cause);
        return silence;
    }

    /// @return false if there are no more chunks
    private boolean nextChunk() throws IOException {
        if (!chunked) {
            return false;
        }
        if (inChunk && !in.line().isEmpty()) {
            throw new IOException("a chunk is longer than it says");
        }
        inChunk = false;
        String line = in.line();
        int extension = line.indexOf(';');
        String size = (extension < 0 ? line : line.substring(0, extension)).strip();
        try {
            left = Long.parseUnsignedLong(size, 16);
        } catch (NumberFormatException e) {
            throw new IOException("a chunk has no length", e);
        }
        if (left < 0) {
            throw new IOException("a chunk has no length");
        }
        if (left == 0) {
            while (!in.line().isEmpty()) {
                // ignore trailers
            }
        }
        inChunk = left > 0;
        return inChunk;
    }

    /// Reads the rest if it is short.
    ///
    /// @return true if the connection can be used for another request
    boolean isOver() throws IOException {
        byte[] rest = new byte[1024];
        for (int total = 0; !ended && total < LONGEST_REST; ) {
            total += Math.max(0, read(rest, 0, rest.length));
        }
        return ended && !untilClose;
    }
}
