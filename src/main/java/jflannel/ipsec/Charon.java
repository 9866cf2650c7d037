package jflannel.ipsec;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import jflannel.linux.AtomicFile;
import jflannel.linux.Background;
import jflannel.linux.Command;
import jflannel.vici.ViciClient;

/// strongSwan's IKE daemon, run for flannel alone: with a configuration and a socket of its own, so that it knows
/// nothing of the connections of an administrator. It outlives the daemon that started it, and the next one finds it by
/// its socket.
public final class Charon {
    /// charon-systemd is the same program without a file for its process number, of which a host has only one.
    private static final List<String> NAMES = List.of("charon-systemd", "charon");

    /// Where distributions put it, which is in nobody's PATH.
    private static final List<String> FOLDERS =
            List.of("/usr/lib/strongswan", "/usr/lib/ipsec", "/usr/libexec/strongswan", "/usr/libexec/ipsec");

    private static final String CONFIGURATION_VARIABLE = "STRONGSWAN_CONF";
    private static final int IKE_PORT = 500;
    private static final int NAT_PORT = 4500;
    private static final Duration START = Duration.ofSeconds(10);
    private static final Duration END = Duration.ofSeconds(5);
    private static final long PAUSE_MILLIS = 20;
    private static final int LAST_WORDS = 300;

    private final Path socket;
    private final Path configuration;
    private final Path log;
    private final Path stamp;

    /// @param socket of VICI; charon's other files stand beside it
    public Charon(Path socket) {
        this.socket = socket;
        this.configuration = beside(socket, ".conf");
        this.log = beside(socket, ".log");
        this.stamp = beside(socket, ".stamp");
    }

    private static Path beside(Path socket, String ending) {
        return socket.resolveSibling(socket.getFileName().toString().replaceFirst("\\.vici$", "") + ending);
    }

    /// All files that belong to it.
    public List<Path> files() {
        return List.of(socket, configuration, log, stamp);
    }

    Path socket() {
        return socket;
    }

    /// The program; empty if it is not installed.
    public static Optional<Path> program() {
        return NAMES.stream()
                .flatMap(name -> Stream.concat(
                        Command.find(name).stream(),
                        FOLDERS.stream().map(folder -> Path.of(folder, name)).filter(Files::isExecutable)))
                .findFirst();
    }

    /// A connection to the one that runs; empty if none does.
    Optional<ViciClient> connect() {
        try {
            return Optional.of(new ViciClient(socket));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// Starts one and waits until it listens.
    ///
    /// @throws IOException if it cannot run; the message says what to do about it
    ViciClient start() throws IOException, InterruptedException {
        Path program = program().orElseThrow(() -> new IOException("strongSwan's charon is not installed"));
        requirePort(IKE_PORT);
        requirePort(NAT_PORT);
        Files.deleteIfExists(socket);
        Files.deleteIfExists(stamp);
        AtomicFile.replace(configuration, text(), AtomicFile.PRIVATE);
        Process process = Background.start(
                Map.of(CONFIGURATION_VARIABLE, configuration.toString()), log, List.of(program.toString()));
        long end = System.nanoTime() + START.toNanos();
        while (process.isAlive() && System.nanoTime() < end) {
            Optional<ViciClient> client = connect();
            if (client.isPresent()) {
                return client.get();
            }
            Thread.sleep(PAUSE_MILLIS);
        }
        process.destroyForcibly();
        throw new IOException("%s does not start: %s".formatted(program, lastWords()));
    }

    /// @throws IOException if another program has it
    private static void requirePort(int port) throws IOException {
        try (DatagramSocket probe = new DatagramSocket(null)) {
            probe.setReuseAddress(false);
            probe.bind(new InetSocketAddress(port));
        } catch (BindException e) {
            throw new IOException(
                    e.getMessage().contains("Permission")
                            ? "this process may not use UDP port %d: it needs CAP_NET_BIND_SERVICE".formatted(port)
                            : "UDP port %d is taken%s".formatted(port, holder()),
                    e);
        }
    }

    private static String holder() {
        return ProcessHandle.allProcesses()
                .flatMap(process -> process.info().command().stream()
                        .filter(command -> command.matches(".*/(charon|charon-systemd|pluto|racoon|iked)"))
                        .map(command -> ", probably by %s (process %d)".formatted(command, process.pid())))
                .findFirst()
                .orElse(", by another program");
    }

    private String lastWords() {
        try {
            String text = Files.readString(log, StandardCharsets.ISO_8859_1)
                    .replaceAll("plugin '[^']*': failed to load - \\S+_plugin_create not found.*", "")
                    .replaceAll("[^ -~]+", " ")
                    .strip();
            return text.isEmpty() ? "it says nothing" : text.substring(Math.max(0, text.length() - LAST_WORDS));
        } catch (IOException e) {
            return "it says nothing";
        }
    }

    /// Only what is needed, so that it adds no policies of its own and reads no other configuration.
    private String text() {
        String settings = """
                    install_routes = no
                    install_virtual_ip = no
                    ikesa_table_size = 1024
                    ikesa_table_segments = 16
                    load = random nonce drbg openssl gcrypt gmp curve25519 x509 constraints pubkey pkcs1 pkcs8 pem sha1 \
                sha2 hmac xcbc cmac aes gcm ccm ctr chapoly kdf kernel-netlink socket-default vici
                    syslog {
                        identifier = flannel-charon
                        daemon {
                            default = 0
                        }
                    }
                    journal {
                        default = 0
                    }
                    plugins {
                        vici {
                            socket = unix://%s
                        }
                    }
                """.formatted(socket);
        return "# made by flanneld\ncharon {\n%s}\ncharon-systemd {\n%s}\n".formatted(settings, settings);
    }

    /// What the running one was given that it does not list itself.
    String stamp() {
        try {
            return Files.readString(stamp);
        } catch (IOException e) {
            return "";
        }
    }

    void stamp(String text) throws IOException {
        AtomicFile.replace(stamp, text, AtomicFile.PRIVATE);
    }

    /// True if one runs, or ran and was not cleared away.
    public boolean isThere() {
        return Files.exists(socket) || Files.exists(configuration);
    }

    /// Ends it, which removes its keys from the kernel and says goodbye to the peers.
    public void stop() throws IOException {
        for (ProcessHandle process : processes()) {
            process.destroy();
            try {
                process.onExit().get(END.toSeconds(), TimeUnit.SECONDS);
            } catch (TimeoutException | ExecutionException e) {
                process.destroyForcibly();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while charon ends", e);
            }
        }
        for (Path file : files()) {
            Files.deleteIfExists(file);
        }
    }

    /// Those that were started with this configuration in this network namespace, whoever did: VICI has no command to
    /// end one.
    List<ProcessHandle> processes() throws IOException {
        Path here = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
        String mark = CONFIGURATION_VARIABLE + "=" + configuration;
        return ProcessHandle.allProcesses()
                .filter(process -> process.info()
                        .command()
                        .filter(command ->
                                NAMES.contains(Path.of(command).getFileName().toString()))
                        .isPresent())
                .filter(process ->
                        isIn(here, process.pid()) && environment(process.pid()).contains(mark))
                .toList();
    }

    private static boolean isIn(Path namespace, long pid) {
        try {
            return Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "ns/net"))
                    .equals(namespace);
        } catch (IOException e) {
            return false; // it has ended meanwhile
        }
    }

    private static List<String> environment(long pid) {
        try {
            return List.of(
                    Files.readString(Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1)
                            .split("\0"));
        } catch (IOException e) {
            return List.of(); // it has ended meanwhile
        }
    }
}
