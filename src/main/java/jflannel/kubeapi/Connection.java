package jflannel.kubeapi;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/// A connection to an API server, with or without TLS. Used by one thread at a time. Any thread may [#close] it,
/// which, like an interrupt, ends what that thread waits for.
final class Connection implements AutoCloseable {
    private static final Duration CONNECT_PATIENCE = Duration.ofSeconds(5);
    private static final String QUICK_GROUP = "x25519";
    private static final int HTTPS_PORT = 443;
    private static final int HTTP_PORT = 80;

    private SocketChannel channel;
    private boolean closed;
    private Socket socket;
    private HttpInput in;
    private OutputStream out;
    private boolean used;
    private long restingSince;

    /// The server closed the idle connection; a new one may work.
    static final class StaleException extends IOException {
        private static final long serialVersionUID = 1L;

        StaleException(IOException cause) {
            super(cause);
        }
    }

    /// Does not connect yet, so that it can be closed while connecting.
    Connection() throws IOException {
        this.channel = SocketChannel.open();
    }

    /// @param anyGroup false to offer only one key exchange group, which nearly every server accepts. Java would
    ///     also prepare a second one, which takes 40 ms just after the start
    /// @param patience for each step of the handshake
    void connect(Access access, boolean anyGroup, Duration patience) throws IOException {
        URI url = URI.create(access.url());
        boolean isTls = url.getScheme().equals("https");
        int port = url.getPort() >= 0 ? url.getPort() : isTls ? HTTPS_PORT : HTTP_PORT;
        String host = url.getHost().replaceAll("[\\[\\]]", "");
        InetSocketAddress proxy = access.proxy().orElse(null);
        reach(access.host(), proxy == null ? port : proxy.getPort());
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
        open(socket);
        if (proxy != null) {
            tunnel(url.getHost() + ":" + port);
        }
        if (isTls) {
            handshake(access.tls(), host, port, anyGroup);
        }
    }

    /// Tries all addresses of a name in turn.
    private void reach(String host, int port) throws IOException {
        List<InetAddress> addresses = List.of(InetAddress.getAllByName(host));
        for (InetAddress address : addresses) {
            try {
                socket = channel.socket();
                socket.connect(new InetSocketAddress(address, port), Math.toIntExact(CONNECT_PATIENCE.toMillis()));
                return;
            } catch (IOException e) {
                if (address.equals(addresses.getLast()) || e instanceof ClosedChannelException) {
                    throw e;
                }
                replaceChannel(); // a failed connect closes the channel
            }
        }
    }

    private synchronized void replaceChannel() throws IOException {
        if (closed) {
            throw new ClosedChannelException();
        }
        channel = SocketChannel.open();
    }

    private void open(Socket through) throws IOException {
        in = new HttpInput(through.getInputStream());
        out = through.getOutputStream();
    }

    /// Connects through a proxy: RFC 9110, section 9.3.6.
    private void tunnel(String target) throws IOException {
        out.write(
                "CONNECT %1$s HTTP/1.1\r\nHost: %1$s\r\n\r\n".formatted(target).getBytes(ISO_8859_1));
        Head head = Head.read(in);
        if (!head.isGood()) {
            throw new IOException("the proxy answers with " + head.status());
        }
    }

    private void handshake(Tls tls, String host, int port, boolean anyGroup) throws IOException {
        SSLSocket secured = (SSLSocket) tls.context().getSocketFactory().createSocket(socket, host, port, true);
        SSLParameters parameters = secured.getSSLParameters();
        if (tls.checksName()) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        if (!anyGroup) {
            parameters.setNamedGroups(new String[] {QUICK_GROUP});
        }
        secured.setSSLParameters(parameters);
        secured.startHandshake();
        socket = secured;
        open(secured);
    }

    /// Sends a request and waits for the head of the answer.
    ///
    /// @param patience how long each piece of the answer may take
    /// @throws StaleException if the connection was idle, and the server closed it without reading the request
    Head send(byte[] request, Duration patience) throws IOException {
        socket.setSoTimeout(Math.toIntExact(patience.toMillis()));
        boolean first = !used;
        used = true;
        try {
            out.write(request);
            out.flush();
            if (!in.begins()) {
                throw new IOException("it closed the connection without answering");
            }
        } catch (SocketTimeoutException e) {
            throw e;
        } catch (IOException e) {
            throw first || !channel.isOpen() ? e : new StaleException(e);
        }
        return Head.read(in);
    }

    /// The body that follows a head.
    Body body(Head head, Duration patience) throws IOException {
        return new Body(in, head, patience);
    }

    /// Sets how long to wait for each further piece.
    void patience(Duration time) throws IOException {
        socket.setSoTimeout(Math.toIntExact(time.toMillis()));
    }

    void rest() {
        restingSince = System.nanoTime();
    }

    Duration resting() {
        return Duration.ofNanos(System.nanoTime() - restingSince);
    }

    /// Closes it at once, without TLS's closing handshake, which could block.
    @Override
    public synchronized void close() {
        closed = true;
        try {
            channel.close();
        } catch (IOException e) {
            // unusable anyway
        }
    }

    /// Why a connection failed, in plain words.
    static String reason(Throwable e) {
        List<Throwable> chain =
                Stream.iterate(e, Objects::nonNull, Throwable::getCause).toList();
        Throwable root = chain.getLast();
        String words = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
        if (chain.stream()
                .anyMatch(it -> it instanceof CertificateException || it instanceof CertPathValidatorException)) {
            return "its certificate is not trusted: " + words;
        }
        return switch (root) {
            case ConnectException _ when words.contains("refused") -> "connection refused";
            case UnknownHostException _ -> "the name " + words + " is unknown";
            default -> words;
        };
    }
}
