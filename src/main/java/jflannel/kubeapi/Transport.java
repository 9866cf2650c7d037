package jflannel.kubeapi;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;

/// Sends requests over a pool of HTTP/1.1 connections, one request at a time on each. A single shared connection
/// would block every call when it is cut off. Thread-safe.
final class Transport implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Transport.class.getName());

    /// How long the start of an answer may take.
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /// A connection that was idle for longer may have been cut off unnoticed, and a new one is cheap.
    private static final Duration LONGEST_REST = Duration.ofSeconds(10);

    private static final int UNAUTHORIZED = 401;

    private final Access access;
    private final Set<Connection> open = new HashSet<>();
    private final Deque<Connection> resting = new ArrayDeque<>();
    private boolean closed;
    private volatile boolean anyGroup;
    private volatile Head lastHead;

    Transport(Access access) {
        this.access = access;
    }

    /// For messages.
    String url() {
        return access.url();
    }

    /// As [ApiServer#clock].
    Optional<Instant> clock() {
        Head head = lastHead;
        return head == null ? Optional.empty() : head.date();
    }

    /// As [Access#host].
    String host() {
        return access.host();
    }

    /// Sends a request and returns a successful answer.
    ///
    /// @param patience how long each piece of the answer may take after its start
    /// @throws ApiException if the answer is an error
    Answer send(Request request, Duration patience) throws IOException {
        try {
            return attempt(request, patience);
        } catch (ApiException e) {
            throw e;
        } catch (SocketTimeoutException e) {
            throw new IOException(
                    "the Kubernetes API at %s did not answer within %d s".formatted(url(), PATIENCE.toSeconds()), e);
        } catch (ClosedByInterruptException e) {
            throw new IOException("interrupted while asking the Kubernetes API", e);
        } catch (IOException e) {
            throw new IOException(
                    "the Kubernetes API at %s cannot be reached: %s".formatted(url(), Connection.reason(e)), e);
        }
    }

    private Answer attempt(Request request, Duration patience) throws IOException {
        Connection rested = takeResting();
        if (rested != null) {
            try {
                return send(request, rested, patience);
            } catch (Connection.StaleException e) {
                // retry on a new connection
            }
        }
        return send(request, connect(), patience);
    }

    private Connection connect() throws IOException {
        if (!anyGroup) {
            try {
                return connect(false);
            } catch (SSLException e) {
                if (!String.valueOf(e.getMessage()).contains("fatal alert")) {
                    throw e; // this side rejected the server
                }
                LOG.log(System.Logger.Level.DEBUG, "the server wants another key exchange group", e);
            }
        }
        Connection connection = connect(true);
        anyGroup = true;
        return connection;
    }

    private Connection connect(boolean any) throws IOException {
        Connection connection = new Connection();
        register(connection);
        try {
            connection.connect(access, any, PATIENCE);
            return connection;
        } catch (IOException | RuntimeException e) {
            release(connection, false);
            throw e;
        }
    }

    private Answer send(Request request, Connection connection, Duration patience) throws IOException {
        Answer answer;
        try {
            Head head = connection.send(request.bytes(access), PATIENCE);
            lastHead = head;
            connection.patience(patience);
            answer = new Answer(this, connection, head, patience);
        } catch (IOException | RuntimeException e) {
            release(connection, false);
            throw e;
        }
        Head head = answer.head();
        if (head.isGood()) {
            return answer;
        }
        if (head.status() == UNAUTHORIZED) {
            access.refused();
        }
        try (answer) {
            throw new ApiException(request.what(), head.status(), answer.message());
        }
    }

    private synchronized Connection takeResting() {
        while (!resting.isEmpty()) {
            Connection connection = resting.pop();
            if (connection.resting().compareTo(LONGEST_REST) < 0) {
                return connection;
            }
            release(connection, false);
        }
        return null;
    }

    private synchronized void register(Connection connection) throws IOException {
        if (closed) {
            connection.close();
            throw new IOException("the client is closed");
        }
        open.add(connection);
    }

    /// Returns a connection to the pool.
    ///
    /// @param reusable true if it can be used for another request
    synchronized void release(Connection connection, boolean reusable) {
        if (reusable && !closed) {
            connection.rest();
            resting.push(connection);
        } else {
            open.remove(connection);
            connection.close();
        }
    }

    /// Aborts all running requests.
    @Override
    public synchronized void close() {
        closed = true;
        open.forEach(Connection::close);
        open.clear();
        resting.clear();
    }
}
