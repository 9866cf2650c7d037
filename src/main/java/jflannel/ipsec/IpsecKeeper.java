package jflannel.ipsec;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.KernelObject;
import jflannel.kernel.XfrmPolicy;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.vici.Section;
import jflannel.vici.ViciClient;
import jflannel.vici.ViciEvents;
import jflannel.work.Backoff;
import jflannel.work.Keeper;
import jflannel.work.Worker;

/// Keeps a [Charon] running that negotiates keys with all peers, as long as packets are encrypted. It is not ended with
/// the daemon: then the keys would go, and with them the packets of pods that run on.
///
/// Nothing is made, and no thread started, before keys are needed, or there is a charon to be ended.
public final class IpsecKeeper implements AutoCloseable {
    private static final Logger LOG = System.getLogger(IpsecKeeper.class.getName());
    private static final Duration RECHECK = Duration.ofSeconds(10);
    private static final Duration WAITING = Duration.ofSeconds(1);
    private static final Duration FOREVER = Duration.ofDays(365);
    /// Between two looks that charon's reports call for.
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(200);
    /// How long a peer may be without keys before that is worth mentioning, in seconds: the exchange takes some
    /// packets.
    private static final long PATIENCE = 10;

    private static final List<String> EVENTS = List.of("ike-updown", "child-updown", "log");
    private static final int NAMED = 3;

    private final Charon charon;
    private final Board board;
    private final Complaints complaints = new Complaints();
    private final Negotiations negotiations = new Negotiations(complaints);
    private final Backoff pauses = new Backoff(Duration.ofSeconds(1), Duration.ofSeconds(30));
    private volatile Optional<Keeper<Desired>> keeper = Optional.empty();
    private Optional<Worker> listener = Optional.empty();
    private Optional<ViciClient> client = Optional.empty();
    private Optional<ViciEvents> events = Optional.empty();
    /// What was given to the charon at the other end of `client`.
    private Optional<Credentials> given = Optional.empty();

    private KeyFiles keys;
    /// Why files that replaced these are not used; empty if none did, or they are.
    private String fault = "";
    private volatile Map<Cidr, SecurityAssociation> states = Map.of();

    /// @param settings empty if nothing is encrypted
    /// @param connections by which packets to peers are
    /// @param confirmed true if these are all peers
    private record Desired(Optional<IkeSettings> settings, List<Connection> connections, boolean confirmed) {}

    /// @param socket of the charon; its other files stand beside it
    public IpsecKeeper(Path socket, Board board) {
        this.charon = new Charon(socket);
        this.board = board;
    }

    /// From now on there should be keys for the policies among these objects, and no others.
    ///
    /// @param settings empty if nothing is encrypted
    /// @param confirmed true if the objects are those for all peers, so that other keys may go
    public void keep(Optional<IkeSettings> settings, Collection<? extends KernelObject> objects, boolean confirmed) {
        if (settings.isEmpty() && keeper.isEmpty() && !(confirmed && charon.isThere())) {
            return;
        }
        if (settings.isEmpty() && !confirmed) {
            return; // until all leases are listed, the former backend's remains carry packets
        }
        List<Connection> connections =
                settings.map(it -> Connection.of(policies(objects), it)).orElse(List.of());
        if (keeper.isEmpty()) {
            keeper = Optional.of(new Keeper<>("ipsec", board, this::converge));
        }
        keeper.get().keep(new Desired(settings, connections, confirmed));
    }

    /// Looks after the keys soon. Any thread may ask for it.
    public void look() {
        keeper.ifPresent(it -> it.touch(BETWEEN_LOOKS));
    }

    private static List<XfrmPolicy> policies(Collection<? extends KernelObject> objects) {
        return objects.stream()
                .filter(XfrmPolicy.class::isInstance)
                .map(XfrmPolicy.class::cast)
                .toList();
    }

    /// How it stands with the keys for each peer's subnet; empty where nothing is encrypted. Any thread may ask.
    public Map<Cidr, SecurityAssociation> states() {
        return states;
    }

    private Duration converge(Desired desired) {
        try {
            if (desired.settings.isEmpty()) {
                end();
                return FOREVER;
            }
            Duration pause = converge(desired, desired.settings.get());
            pauses.reset();
            return pause;
        } catch (IOException e) {
            disconnect();
            board.raise(Condition.IPSEC_FAILING, e.getMessage());
            return pauses.next();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return RECHECK;
        }
    }

    private Duration converge(Desired desired, IkeSettings settings) throws IOException, InterruptedException {
        ViciClient there = connected();
        give(there, settings);
        Negotiations.Found found =
                negotiations.converge(there, charon, settings, desired.connections, desired.confirmed, keys);
        board.set(Condition.IPSEC_FAILING, fault.isEmpty() ? refusals(found.refused()) : fault);
        show(desired.connections, found.byName());
        if (found.unsure()) {
            return BETWEEN_LOOKS;
        }
        boolean waiting = found.byName().values().stream().anyMatch(sa -> !sa.up());
        return waiting ? WAITING : RECHECK;
    }

    /// One that charon does not take is no reason to neglect the others.
    private static String refusals(Map<String, String> refused) {
        return refused.isEmpty()
                ? ""
                : "charon refuses %d connections, the first: %s"
                        .formatted(refused.size(), refused.values().iterator().next());
    }

    private ViciClient connected() throws IOException, InterruptedException {
        if (client.isPresent()) {
            return client.get();
        }
        given = Optional.empty();
        client = charon.connect();
        if (client.isEmpty()) {
            client = Optional.of(charon.start());
            LOG.log(Level.INFO, "started charon for IPsec's keys");
        } else {
            LOG.log(Level.INFO, "found a running charon of flannel's, which keeps its keys");
        }
        listen(new ViciEvents(charon.socket(), EVENTS));
        return client.get();
    }

    private void listen(ViciEvents source) {
        events = Optional.of(source);
        listener = Optional.of(Worker.start("ipsec-events", board, () -> {
            try {
                take(source.next());
            } catch (IOException e) {
                LOG.log(Level.DEBUG, "charon reports nothing more", e);
                keeper.ifPresent(Keeper::touch);
                Thread.sleep(FOREVER); // until the keeper has looked, and closes this
            }
        }));
    }

    private void take(ViciEvents.Event event) {
        if (event.name().equals("log")) {
            complaints.take(event.message());
        } else {
            look();
        }
    }

    /// Gives charon what proves who this node is, also if files were replaced. Harmless if it has it already.
    private void give(ViciClient there, IkeSettings settings) throws IOException {
        boolean first = !given.equals(Optional.of(settings.credentials()));
        fault = "";
        switch (settings.credentials()) {
            case Credentials.SharedKey(String key) -> {
                keys = null;
                if (first) {
                    there.ask(
                            "load-shared",
                            Section.EMPTY
                                    .with("id", "flannel")
                                    .with("type", "IKE")
                                    .with("data", key));
                }
            }
            case Credentials.Certificate files -> {
                keys = first ? null : keys;
                follow(there, files, settings.publicIps().values());
            }
        }
        given = Optional.of(settings.credentials());
    }

    /// Files that do not fit are not used while charon has others: somebody may be replacing them one by one.
    private void follow(ViciClient there, Credentials.Certificate files, Collection<Ip> names) throws IOException {
        try {
            if (keys != null && keys.equals(KeyFiles.unchecked(files))) {
                return;
            }
            KeyFiles now = KeyFiles.read(files, names);
            there.ask(
                    "load-cert",
                    Section.EMPTY.with("type", "X509").with("flag", "CA").with("data", now.authority()));
            there.ask("load-key", Section.EMPTY.with("type", "any").with("data", now.key()));
            if (keys != null) {
                LOG.log(Level.INFO, "this node''s certificate was replaced: {0}", files.certificate());
            }
            keys = now;
        } catch (IOException e) {
            if (keys == null) {
                throw e;
            }
            fault = e.getMessage() + "; the former ones stay in use";
        }
    }

    private void show(List<Connection> connections, Map<String, SecurityAssociation> byName) {
        Map<Cidr, SecurityAssociation> bySubnet = new HashMap<>();
        for (Connection connection : connections) {
            SecurityAssociation state = byName.get(connection.name());
            connection.children().forEach(child -> bySubnet.put(child.peer(), state));
        }
        states = Map.copyOf(bySubnet);
        List<Connection> without = connections.stream()
                .filter(connection -> {
                    SecurityAssociation state = byName.get(connection.name());
                    return !state.up()
                            && (state.seconds() >= PATIENCE || !state.trouble().isEmpty());
                })
                .toList();
        board.set(Condition.IPSEC_PEERS, without.isEmpty() ? "" : words(without, byName));
    }

    private static String words(List<Connection> without, Map<String, SecurityAssociation> byName) {
        String named = without.stream()
                .limit(NAMED)
                .map(connection -> {
                    String trouble = byName.get(connection.name()).trouble();
                    return connection.peer() + (trouble.isEmpty() ? "" : ": " + trouble);
                })
                .collect(Collectors.joining("; "));
        return "no keys for %d peers: %s%s".formatted(without.size(), named, without.size() > NAMED ? "; …" : "");
    }

    private void end() throws IOException {
        disconnect();
        if (charon.isThere()) {
            charon.stop();
            LOG.log(Level.INFO, "ended charon: nothing is encrypted any more");
        }
        states = Map.of();
        board.clear(Condition.IPSEC_FAILING);
        board.clear(Condition.IPSEC_PEERS);
    }

    private void disconnect() {
        close(events);
        listener.ifPresent(Worker::close);
        close(client);
        events = Optional.empty();
        listener = Optional.empty();
        client = Optional.empty();
    }

    private static void close(Optional<? extends AutoCloseable> what) {
        try {
            if (what.isPresent()) {
                what.get().close();
            }
        } catch (Exception e) {
            LOG.log(Level.DEBUG, "a connection to charon does not close", e);
        }
    }

    /// Lets go of charon, which runs on.
    @Override
    public void close() {
        keeper.ifPresent(Keeper::close);
        disconnect();
    }
}
