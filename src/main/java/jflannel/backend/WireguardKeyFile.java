package jflannel.backend;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import jflannel.kernel.WireguardSecret;
import jflannel.lease.ConfigException;
import jflannel.lease.FileFault;
import jflannel.lease.NotYetException;
import jflannel.linux.AtomicFile;
import jflannel.names.DaemonFiles;
import jflannel.names.Names;

/// The file with this node's private key, readable by root alone. It outlives reboots, so that other nodes go on
/// knowing this one. Read at the first use only: most nodes have none.
public final class WireguardKeyFile implements Supplier<WireguardIdentity> {
    private static final Logger LOG = System.getLogger(WireguardKeyFile.class.getName());
    /// The variable that names it, as with Go flannel.
    public static final String VARIABLE = "WIREGUARD_KEY_FILE";
    /// More than any key takes, in bytes.
    private static final int MOST_BYTES = 1024;

    private final Path file;
    private final Path former;
    private WireguardIdentity identity;

    /// @param former where Go flannel would have its key, which is taken over
    WireguardKeyFile(Path file, Path former) {
        this.file = file;
        this.former = former;
    }

    /// @param stateFile beside which it is, unless the environment names it; null for none
    public static WireguardKeyFile of(Map<String, String> environment, Path stateFile, Names names) {
        String given = environment.getOrDefault(VARIABLE, "");
        Path file = given.isEmpty() ? DaemonFiles.wireguardKey(stateFile, names) : Path.of(given);
        return new WireguardKeyFile(file, DaemonFiles.formerWireguardKey(names));
    }

    /// The identity in the file, which is written first if there is none.
    ///
    /// @throws ConfigException if the file cannot be used
    @Override
    public synchronized WireguardIdentity get() {
        if (identity == null) {
            identity = readOrMake();
        }
        return identity;
    }

    /// True if the file holds another key than the one in use, by which this node can be known.
    public synchronized boolean isReplaced() {
        try {
            return identity != null
                    && read(file).filter(it -> !it.equals(identity)).isPresent();
        } catch (IOException | ConfigException e) {
            return false; // half written, or removed; the next start complains
        }
    }

    /// Uses the key in the file from now on.
    public synchronized void reload() {
        identity = null;
        get();
    }

    /// Puts another key into the file. The daemon notices, and uses it.
    ///
    /// @return the identity that comes with it
    public WireguardIdentity replace() throws IOException {
        WireguardIdentity next = WireguardIdentity.random();
        AtomicFile.replace(file, next.fileText(), AtomicFile.PRIVATE);
        return next;
    }

    /// When the key was put into the file.
    public Instant since() throws IOException {
        return Files.getLastModifiedTime(file).toInstant();
    }

    /// The identity in the file, for one who changes nothing.
    public synchronized WireguardIdentity known() {
        try {
            return identity == null ? read(file).orElse(WireguardIdentity.UNKNOWN) : identity;
        } catch (IOException | ConfigException e) {
            return WireguardIdentity.UNKNOWN;
        }
    }

    private WireguardIdentity readOrMake() {
        try {
            Optional<WireguardIdentity> there = read(file);
            if (there.isPresent()) {
                return there.get();
            }
            Optional<WireguardIdentity> taken = read(former);
            WireguardIdentity mine = taken.orElseGet(WireguardIdentity::random);
            AtomicFile.replace(file, mine.fileText(), AtomicFile.PRIVATE);
            LOG.log(
                    Level.INFO,
                    "{0} {1}; this node''s public key is {2}",
                    taken.isPresent() ? "took over the key of " + former + " as" : "made a WireGuard key:",
                    file,
                    mine.publicKey());
            return mine;
        } catch (IOException e) {
            throw new NotYetException(
                    "the WireGuard key cannot be kept in %s: %s. Make its directory writable, or name another file in the variable %s."
                            .formatted(file, FileFault.words(e), VARIABLE));
        }
    }

    private static Optional<WireguardIdentity> read(Path from) throws IOException {
        if (!Files.exists(from)) {
            return Optional.empty();
        }
        if (Files.size(from) > MOST_BYTES) {
            throw unusable(from);
        }
        try {
            return Optional.of(WireguardIdentity.of(
                    WireguardSecret.parse(Files.readString(from).strip())));
        } catch (IllegalArgumentException e) {
            throw unusable(from);
        }
    }

    private static ConfigException unusable(Path file) {
        return new ConfigException(
                VARIABLE,
                file,
                "It does not hold a private key: 32 bytes in base64. Correct it, or remove it to have a new one made.");
    }
}
