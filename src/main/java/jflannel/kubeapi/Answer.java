package jflannel.kubeapi;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.zip.GZIPInputStream;
import jflannel.json.JsonStream;
import jflannel.json.MalformedJsonException;

/// An answer whose head has arrived. Closing it returns its connection.
final class Answer implements AutoCloseable {
    private static final int LONGEST_MESSAGE = 300;
    private static final int BUFFER = 16 * 1024;

    private final Transport transport;
    private final Connection connection;
    private final Head head;
    private final Body body;
    private final JsonStream json;
    private boolean finished;

    @FunctionalInterface
    interface Reading<T> {
        T of(JsonStream json) throws IOException;
    }

    /// @param patience how long each piece may take
    Answer(Transport transport, Connection connection, Head head, Duration patience) throws IOException {
        this.transport = transport;
        this.connection = connection;
        this.head = head;
        this.body = connection.body(head, patience);
        this.json = new JsonStream(head.isCompressed() ? new Unpacked(body) : body);
    }

    Head head() {
        return head;
    }

    /// Reads all of it.
    <T> T readAll(Reading<T> reading) throws IOException {
        T value = read(stream -> {
            T all = reading.of(stream);
            stream.end();
            return all;
        });
        finished = true;
        return value;
    }

    /// Reads part of it.
    <T> T read(Reading<T> reading) throws IOException {
        try {
            return reading.of(json);
        } catch (MalformedJsonException e) {
            throw new IOException(
                    "the Kubernetes API at %s sent an invalid answer: %s".formatted(transport.url(), e.getMessage()),
                    e);
        }
    }

    /// Waits for the next piece, or the end.
    void await() throws IOException {
        json.await();
    }

    /// How long each further piece may take.
    void patience(Duration time) throws IOException {
        connection.patience(time);
        body.patience(time);
    }

    /// The API server's description of a failure: the message of a Status object, or the text it sent.
    String message() {
        byte[] text;
        try {
            text = body.readNBytes(16 * LONGEST_MESSAGE);
            finished = true;
        } catch (IOException e) {
            return "(no reason given)";
        }
        String said = message(text).strip();
        return said.length() <= LONGEST_MESSAGE ? said : said.substring(0, LONGEST_MESSAGE) + "…";
    }

    private static String message(byte[] text) {
        String[] message = {""};
        JsonStream status = new JsonStream(new ByteArrayInputStream(text));
        try {
            status.object(field -> {
                if (field.equals("message")) {
                    message[0] = status.string();
                }
            });
        } catch (IOException e) {
            return new String(text, UTF_8);
        }
        return message[0];
    }

    @Override
    public void close() {
        boolean reusable = false;
        try {
            reusable = finished && head.keepsConnection() && body.isOver();
        } catch (IOException e) {
            // use the text instead
        } finally {
            transport.release(connection, reusable);
        }
    }

    /// Starts to decompress on the first read, because a body can arrive long after its head.
    private static final class Unpacked extends InputStream {
        private final InputStream packed;
        private InputStream unpacked;

        Unpacked(InputStream packed) {
            this.packed = packed;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int at, int length) throws IOException {
            if (unpacked == null) {
                unpacked = new GZIPInputStream(packed, BUFFER);
            }
            return unpacked.read(into, at, length);
        }
    }
}
