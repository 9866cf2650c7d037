package jflannel.vici;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/// Packets to and from charon, none of which is waited for without an end. For one thread at a time; another one may
/// close it, which ends a wait.
final class ViciSocket implements AutoCloseable {
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey key;

    /// @throws IOException if nobody listens there
    ViciSocket(Path path) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        try {
            channel.configureBlocking(false);
            selector = Selector.open();
            key = channel.register(selector, SelectionKey.OP_READ);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    void send(Packet packet, Duration patience) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        ByteBuffer bytes = packet.encode();
        while (bytes.hasRemaining()) {
            if (channel.write(bytes) == 0) {
                await(SelectionKey.OP_WRITE, end);
            }
        }
    }

    /// The next packet.
    ///
    /// @throws ViciException if none comes in that time, or it is not one of VICI
    /// @throws EOFException if charon has closed the connection
    Packet receive(Duration patience) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        int length = read(Packet.HEADER, end).getInt();
        if (length < 1 || length > Packet.LONGEST) {
            throw new ViciException("a packet of %s bytes".formatted(Integer.toUnsignedString(length)));
        }
        return Packet.decode(read(length, end));
    }

    private ByteBuffer read(int count, long end) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            int read = channel.read(bytes);
            if (read < 0) {
                throw new EOFException("charon has closed the connection");
            }
            if (read == 0) {
                await(SelectionKey.OP_READ, end);
            }
        }
        return bytes.flip();
    }

    private void await(int operation, long end) throws IOException {
        long millis = (end - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new ViciException("charon does not answer");
        }
        try {
            key.interestOps(operation);
            selector.select(millis);
        } catch (ClosedSelectorException e) {
            throw new IOException("the connection to charon was closed", e);
        }
        if (Thread.interrupted()) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while waiting for charon");
        }
    }

    @Override
    public void close() throws IOException {
        selector.close();
        channel.close();
    }
}
