package jflannel.names;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.linux.AbstractSocket;

/// What this daemon owns in its network namespace, and no other may touch. A claim ends with the process, however
/// that ends, so a running daemon is never mistaken for the leftovers of a dead one, or the reverse.
///
/// A claim is an abstract Unix socket, `@jflannel/device/flannel.1`. Beside it,
/// `@jflannel/device/flannel.1=/red/network` says whose it is, for people. Any user can take such a name, but only
/// root's count: others cannot make devices.
public final class Claims implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Claims.class.getName());
    private static final String PREFIX = "@jflannel/";
    /// What fits into the name of a socket: unix(7).
    private static final int LONGEST = 107;

    private static final int ROOT = 0;

    private final String place;
    private final Map<String, List<AbstractSocket>> held = new HashMap<>();
    /// Who owned what when this daemon asked. It asks only once, because questions stay in a queue that nobody reads.
    private final Map<String, Optional<Owner>> owners = new HashMap<>();

    /// What can be claimed.
    public enum Kind {
        /// The leases of one place: a second daemon would lease the same subnet.
        PLACE,
        /// The names of a network: chains, tables and the TUN device.
        NAMES,
        /// A file that the daemon writes, wherever it is mounted.
        FILE,
        /// A device, by its name.
        DEVICE,
        /// A UDP port that this process receives on.
        PORT;

        private String socket(String what) {
            return PREFIX + name().toLowerCase(Locale.ROOT) + "/" + what;
        }
    }

    /// @param place where this network's leases are: the prefix of its keys in etcd, or of its annotations in
    /// Kubernetes
    public Claims(String place) {
        this.place = place;
    }

    /// Takes it if it is free; harmless if this daemon already has it.
    ///
    /// @return the running daemon that has it; empty if that is this one
    public synchronized Optional<Owner> take(Kind kind, String what) {
        String name = fitting(kind.socket(what));
        if (held.containsKey(name)) {
            return Optional.empty();
        }
        try {
            Optional<AbstractSocket> claim = AbstractSocket.take(name);
            if (claim.isEmpty()) {
                return ownerOf(name);
            }
            owners.remove(name);
            List<AbstractSocket> sockets = new ArrayList<>(List.of(claim.get()));
            held.put(name, sockets);
            AbstractSocket.take(fitting(name + "=" + place)).ifPresent(sockets::add);
        } catch (IOException e) {
            LOG.log(WARNING, "cannot tell whether another flanneld uses {0}: {1}", what, e.getMessage());
        }
        return Optional.empty();
    }

    private Optional<Owner> ownerOf(String name) throws IOException {
        if (!owners.containsKey(name)) {
            owners.put(name, ask(name));
        }
        return owners.get(name);
    }

    private static Optional<Owner> ask(String name) throws IOException {
        Optional<AbstractSocket.Holder> holder = AbstractSocket.holder(name);
        if (holder.isEmpty() || holder.get().uid() != ROOT) {
            LOG.log(WARNING, "ignoring that a process without root''s rights has taken the socket name {0}", name);
            return Optional.empty();
        }
        String place =
                AbstractSocket.namesAfter(name + "=").stream().findFirst().orElse("");
        return Optional.of(new Owner(printable(place), holder.get().pid()));
    }

    /// As [#take], for a file: by its directory's place on the disk, because containers mount a directory at several
    /// paths.
    Optional<Owner> takeFile(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        try {
            Files.createDirectories(folder);
            String where = Files.getAttribute(folder, "unix:dev") + ":" + Files.getAttribute(folder, "unix:ino");
            return take(Kind.FILE, where + "/" + file.getFileName());
        } catch (IOException e) {
            return Optional.empty(); // whoever writes it will say so
        }
    }

    /// Gives back all claims of a kind except these.
    public synchronized void keepOnly(Kind kind, Set<String> what) {
        Set<String> kept = what.stream().map(kind::socket).map(Claims::fitting).collect(Collectors.toSet());
        String start = kind.socket("");
        held.entrySet().removeIf(claim -> {
            boolean goes = claim.getKey().startsWith(start) && !kept.contains(claim.getKey());
            if (goes) {
                claim.getValue().forEach(AbstractSocket::close);
            }
            return goes;
        });
    }

    private static String fitting(String name) {
        String plain = printable(name);
        return plain.length() <= LONGEST
                ? plain
                : plain.substring(0, LONGEST - 7) + "~"
                        + Names.derivedFrom(name).network();
    }

    private static String printable(String text) {
        return text.replaceAll("[^!-~]", "?");
    }

    @Override
    public synchronized void close() {
        held.values().forEach(sockets -> sockets.forEach(AbstractSocket::close));
        held.clear();
    }
}
