package jflannel.kernel;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.InterruptedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.linux.Command;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;

/// WireGuard where the kernel has none: the program wireguard-go, one process for each device, which it makes by
/// /dev/net/tun. The process outlives this one, and the device ends with the process, like any device that somebody
/// removes.
///
/// @param device the device's name
record WireguardProgram(String device) implements WireguardControl {
    private static final Logger LOG = System.getLogger(WireguardProgram.class.getName());
    private static final String PROGRAM = "wireguard-go";
    /// The kernel's word for the devices that it makes.
    static final String DRIVER = "tun";
    private static final Path FOLDER = Path.of("/var/run/wireguard");
    private static final Duration START = Duration.ofSeconds(5);
    private static final Duration END = Duration.ofMillis(500);
    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final int LAST_WORDS = 2000;
    /// More than 10,000 peers take, in bytes.
    private static final int LONGEST = 16 << 20;

    /// True if such a process has a device of that name, or had.
    static boolean has(String device) {
        return Files.exists(socket(device));
    }

    /// True if the program is installed.
    static boolean isInstalled() {
        return Command.find(PROGRAM).isPresent();
    }

    private static Path socket(String device) {
        return FOLDER.resolve(device + ".sock");
    }

    /// Starts the process in the network namespace of the calling thread. It goes to the background by itself when the
    /// device is there, within some 20 ms.
    void start() throws KernelException {
        String operation = "create device " + device;
        Path program = Command.find(PROGRAM)
                .orElseThrow(() -> new KernelException(
                        operation,
                        Errno.EOPNOTSUPP.number(),
                        "this kernel has no WireGuard. Load its module (modprobe wireguard), or install wireguard-go"));
        try {
            awaitEndOfFormer();
            Command.Result result =
                    Command.excerpt(START, LAST_WORDS, "", Map.of("LOG_LEVEL", ""), program.toString(), device);
            if (result.exitCode() != 0) {
                throw new KernelException(operation, Errno.EIO.number(), lastWords(result.output()));
            }
        } catch (KernelException e) {
            throw e;
        } catch (IOException e) {
            throw new KernelException(operation, Errno.EIO.number(), e.getMessage());
        }
        LOG.log(Level.INFO, "this kernel has no WireGuard: {0} does what it would, for {1}", program, device);
    }

    /// A process ends when its device was deleted, a moment later, and until then no other can take its place.
    private void awaitEndOfFormer() throws IOException {
        long end = System.nanoTime() + END.toNanos();
        while (isAnswered() && System.nanoTime() < end) {
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException();
            }
        }
    }

    private boolean isAnswered() {
        try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(socket(device)))) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /// The program begins by explaining, in a frame, that a kernel's own WireGuard is faster.
    private static String lastWords(String output) {
        String words =
                output.replaceAll("[^\\n -~].*", "").replaceAll("\\s+", " ").strip();
        return words.isEmpty() ? "wireguard-go fails without a word" : "wireguard-go says: " + words;
    }

    @Override
    public void configure(Link link, Wireguard wanted) throws KernelException {
        String operation = "configure the WireGuard device " + device;
        try (Connection connection = new Connection(operation)) {
            connection.send(WireguardText.READ);
            String change = WireguardText.configure(WireguardText.decode(link.index(), connection.answer()), wanted);
            if (!change.isEmpty()) {
                connection.send(change);
                KernelException refusal = connection.refusal(operation);
                if (refusal != null) {
                    throw refusal;
                }
            }
        }
    }

    @Override
    public WireguardState read(int ifIndex) throws KernelException {
        try (Connection connection = new Connection("read the peers of " + device)) {
            connection.send(WireguardText.READ);
            return WireguardText.decode(ifIndex, connection.answer()).state();
        }
    }

    @Override
    public KernelException[] apply(List<Plan.Change> changes, Set<Cidr> moved) throws KernelException {
        KernelException[] refusals = new KernelException[changes.size()];
        try (Connection connection = new Connection("change the peers of " + device)) {
            for (int i = 0; i < refusals.length; i++) {
                Plan.Change change = changes.get(i);
                WireguardPeer peer = (WireguardPeer) change.object();
                boolean deletion = change.verb() == Plan.Verb.DELETE;
                List<String> messages = deletion
                        ? List.of(WireguardText.delete(peer))
                        : peer.greeting(moved).stream().map(WireguardText::put).toList();
                for (String message : messages) {
                    connection.send(message);
                    refusals[i] = connection.refusal((deletion ? "delete " : "put ") + peer);
                }
            }
        }
        return refusals;
    }

    /// Lets peers be sent to from an address that this host has now. The process remembers the one at which it was
    /// reached, as the kernel does, but goes on trying if that is gone.
    void forgetSources() throws KernelException {
        try (Connection connection = new Connection("reach the peers of " + device)) {
            connection.send(WireguardText.READ);
            for (WireguardState.Peer peer :
                    WireguardText.decode(0, connection.answer()).state().peers()) {
                if (peer.settings().host() != null) {
                    connection.send(WireguardText.place(peer.settings()));
                    connection.answer();
                }
            }
        }
    }

    @Override
    public void close() {}

    /// Questions to the process, none of which is waited for without an end.
    private final class Connection extends InputStream {
        private final String operation;
        private final SocketChannel channel;
        private final Selector selector;
        private final SelectionKey key;
        private final BufferedReader lines;
        private int left = LONGEST;

        Connection(String operation) throws KernelException {
            this.operation = operation;
            SocketChannel opened = null;
            try {
                opened = SocketChannel.open(UnixDomainSocketAddress.of(socket(device)));
                opened.configureBlocking(false);
                selector = Selector.open();
                key = opened.register(selector, SelectionKey.OP_READ);
                channel = opened;
                lines = new BufferedReader(new InputStreamReader(this, StandardCharsets.US_ASCII));
            } catch (IOException e) {
                close(opened);
                throw new KernelException(operation, Errno.ENODEV.number(), "its wireguard-go does not run");
            }
        }

        void send(String text) throws KernelException {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            try {
                while (bytes.hasRemaining()) {
                    if (channel.write(bytes) == 0) {
                        await(SelectionKey.OP_WRITE);
                    }
                }
            } catch (IOException e) {
                throw failed(e);
            }
        }

        /// The lines of an answer.
        List<String> answer() throws KernelException {
            List<String> answer = new ArrayList<>();
            try {
                String line = lines.readLine();
                while (line != null && !line.isEmpty()) {
                    answer.add(line);
                    line = lines.readLine();
                }
                return answer;
            } catch (IOException e) {
                throw failed(e);
            }
        }

        /// @return null if the last change was made
        KernelException refusal(String change) throws KernelException {
            String last = answer().stream()
                    .filter(line -> line.startsWith("errno="))
                    .findFirst()
                    .orElse("");
            if (last.equals("errno=0")) {
                return null;
            }
            return WireguardText.refusal(
                    change,
                    last.matches("errno=-?\\d{1,4}") ? Integer.parseInt(last.substring(6)) : Errno.EIO.number());
        }

        @Override
        public int read(byte[] into, int from, int most) throws IOException {
            int count = channel.read(ByteBuffer.wrap(into, from, Math.min(left, most)));
            while (count == 0) {
                if (left == 0) {
                    throw new IOException("an answer of more than " + LONGEST + " bytes");
                }
                await(SelectionKey.OP_READ);
                count = channel.read(ByteBuffer.wrap(into, from, Math.min(left, most)));
            }
            left -= Math.max(0, count);
            return count;
        }

        @Override
        public int read() {
            throw new UnsupportedOperationException("a reader takes more than one byte at a time");
        }

        private void await(int operations) throws IOException {
            key.interestOps(operations);
            if (selector.select(PATIENCE.toMillis()) == 0) {
                throw new IOException("wireguard-go does not answer");
            }
            selector.selectedKeys().clear();
        }

        private KernelException failed(IOException e) {
            return new KernelException(operation, Errno.EIO.number(), e.getMessage());
        }

        private static void close(AutoCloseable what) {
            try {
                if (what != null) {
                    what.close();
                }
            } catch (Exception e) {
                LOG.log(Level.DEBUG, "a socket does not close", e);
            }
        }

        @Override
        public void close() {
            close(selector);
            close(channel);
        }
    }
}
