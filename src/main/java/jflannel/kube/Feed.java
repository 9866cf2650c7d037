package jflannel.kube;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The body of an HTTP answer as a stream, while it arrives. Unlike a socket's it ends with an error when nothing has
/// come for some time: of a server that was cut off, nothing else tells.
///
/// The HTTP client hands over one piece at a time and waits until it was read, so little is held here.
final class Feed extends InputStream {
    private static final Object END = new Object();

    private final BlockingQueue<Object> pieces = new LinkedBlockingQueue<>();
    private final Duration patience;
    private final Runnable wantMore;
    private final Runnable cancel;
    private ByteBuffer current = ByteBuffer.allocate(0);
    private boolean asked;
    private boolean ended;
    private IOException failure;

    /// @param patience how long nothing may come
    /// @param wantMore asks for the next piece
    /// @param cancel gives the answer up
    Feed(Duration patience, Runnable wantMore, Runnable cancel) {
        this.patience = patience;
        this.wantMore = wantMore;
        this.cancel = cancel;
    }

    /// Takes a piece that has arrived, from any thread.
    void arrived(List<ByteBuffer> piece) {
        int size = piece.stream().mapToInt(ByteBuffer::remaining).sum();
        ByteBuffer copy = ByteBuffer.allocate(size);
        piece.forEach(copy::put);
        pieces.add(copy.flip());
    }

    /// Ends the stream when the answer does, well or not.
    void endWith(CompletableFuture<?> done) {
        done.whenComplete((nothing, e) -> {
            failure = e == null ? null : new IOException("the Kubernetes API's answer broke off: " + reason(e), e);
            pieces.add(END);
        });
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int at, int length) throws IOException {
        while (!current.hasRemaining()) {
            if (ended || !next()) {
                return -1;
            }
        }
        int count = Math.min(length, current.remaining());
        current.get(into, at, count);
        return count;
    }

    private boolean next() throws IOException {
        if (!arrivesWithin(patience)) {
            throw new IOException("nothing was heard from the Kubernetes API for " + patience.toSeconds() + " s");
        }
        return !ended;
    }

    /// Waits until there is something to read, or the end.
    ///
    /// @return false if neither comes in that time
    /// @throws IOException if the answer broke off
    boolean arrivesWithin(Duration time) throws IOException {
        if (ended || current.hasRemaining()) {
            return true;
        }
        Object piece;
        try {
            if (pieces.isEmpty() && !asked) {
                asked = true;
                wantMore.run();
            }
            piece = pieces.poll(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the Kubernetes API was answering", e);
        }
        if (piece == null) {
            return false;
        }
        asked = false;
        if (piece != END) {
            current = (ByteBuffer) piece;
        } else {
            ended = true;
            if (failure != null) {
                throw failure;
            }
        }
        return true;
    }

    static String reason(Throwable e) {
        Throwable root = e;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    }

    @Override
    public void close() {
        cancel.run();
    }
}
