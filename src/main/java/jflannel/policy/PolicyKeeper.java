package jflannel.policy;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import jflannel.linux.KernelException;
import jflannel.names.Names;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Rtnetlink;
import jflannel.nftables.NftGeneration;
import jflannel.nftables.NftStructure;
import jflannel.nftables.NftTransaction;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Keeper;
import jflannel.work.Worker;

/// Keeps the tables of policies in step with the [Inventory], on a thread of its own. Each change is one transaction
/// of the kernel's. As long as the inventory is not complete, what an earlier run left stays as it is.
public final class PolicyKeeper implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PolicyKeeper.class.getName());

    /// Between looks at a table whose changes the kernel reports, in case a report was lost.
    private static final Duration SAFETY = Duration.ofMinutes(5);
    private static final Duration BETWEEN_LOGS = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final PolicyTable table;
    private final BridgeTable bridges;
    private final String tableName;
    private final Board board;
    private final Inventory inventory;
    private final Renderer renderer = new Renderer();
    private final Keeper<Boolean> keeper;
    private final AtomicBoolean suspicious = new AtomicBoolean();
    /// What the kernel has, unless somebody else changes it.
    private Optional<Rendering> applied = Optional.empty();

    private final Optional<Keeper<Rendering>> cutter;
    private final Refusals refusals;
    private final Worker logger;
    /// As of the last success, for other threads.
    private volatile Programmed programmed = new Programmed(new Rendering(), World.EMPTY);
    private Optional<NftStructure> structure = Optional.empty();

    private long checkedAt = System.nanoTime();
    private final OwnChanges ownChanges = new OwnChanges();
    private Optional<List<PodBridge>> appliedBridges = Optional.empty();
    private Optional<NftStructure> bridgeStructure = Optional.empty();
    private volatile boolean closing;
    private long appliedVersion = -1;

    private record Programmed(Rendering rendering, World world) {}

    /// @param source where policies come from
    /// @param cuts established connections end when policies no longer allow them
    public PolicyKeeper(Names names, PolicySource source, boolean cuts, Board board) {
        this.table = new PolicyTable(names, source.selectsSubnets(), cuts);
        this.cutter = cuts
                ? Optional.of(new Keeper<>("policy-cut", board, wanted -> EstablishedConnections.cut(wanted, board)))
                : Optional.empty();
        this.bridges = new BridgeTable(names);
        this.tableName = names.policyTable();
        this.board = board;
        this.keeper = new Keeper<>("network-policy", board, _ -> look());
        this.inventory = new Inventory(source.kinds(), keeper::touch);
        keeper.keep(true);
        this.refusals = new Refusals(table);
        this.logger = Worker.start("refused-connections", board, this::logRefused);
    }

    /// What this keeper goes by.
    public Inventory inventory() {
        return inventory;
    }

    /// Reports a change, possibly our own, of the nftables table of that name; an empty name may be any table's.
    public void rulesChanged(String nftTable) {
        if (nftTable.isEmpty() || nftTable.equals(tableName)) {
            suspicious.set(true);
            keeper.touch(PAUSE);
        }
    }

    private void logRefused() throws KernelException, InterruptedException {
        Thread.sleep(BETWEEN_LOGS);
        refusals.log(programmed.rendering, programmed.world);
    }

    /// Takes how many packets a policy has refused in one direction.
    @FunctionalInterface
    public interface Refused {
        void take(String policy, Direction direction, long packets);
    }

    /// Counts since this keeper was made. A packet counts for each policy that isolates the pod concerned. Any thread
    /// may ask.
    public void refused(Refused each) {
        try {
            refusals.counts(programmed.rendering)
                    .forEach((cause, packets) -> each.take(cause.policy(), cause.direction(), packets));
        } catch (KernelException e) {
            LOG.log(DEBUG, "cannot read what was refused", e);
        }
    }

    private synchronized void applied(long version) {
        appliedVersion = version;
        notifyAll();
    }

    /// Waits until the kernel has what the inventory says now.
    ///
    /// @return false if that takes longer
    public synchronized boolean awaitApplied(Duration patience) throws InterruptedException {
        long version = inventory.version();
        long end = System.nanoTime() + patience.toNanos();
        while (appliedVersion < version) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
        return true;
    }

    private Duration look() {
        List<String> missing = inventory.missing();
        if (!missing.isEmpty()) {
            board.raise(
                    Condition.POLICIES_UNKNOWN,
                    "not known yet: " + String.join(", ", missing) + "; what was enforced before still is");
            return SAFETY;
        }
        board.clear(Condition.POLICIES_UNKNOWN);
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER)) {
            Inventory.Snapshot now = inventory.snapshot();
            converge(socket, now);
            programmed = new Programmed(applied.get(), now.world());
            applied(now.version());
            board.clear(Condition.NETWORK_POLICY_FAILING);
            return SAFETY;
        } catch (KernelException e) {
            applied = Optional.empty();
            appliedBridges = Optional.empty();
            raise(String.valueOf(e.getMessage()));
            return PAUSE;
        }
    }

    private void converge(NetlinkSocket socket, Inventory.Snapshot now) throws KernelException {
        Rendering wanted = renderer.render(now.world(), now.local());
        boolean checks = suspicious.getAndSet(false) | System.nanoTime() - checkedAt > SAFETY.toNanos();
        if (checks) {
            checkedAt = System.nanoTime();
        }
        if (applied.isPresent() && checks && !isIntact(socket)) {
            LOG.log(WARNING, "network policy repaired");
            board.repaired("network policy");
            applied = Optional.empty();
            appliedBridges = Optional.empty();
        }
        if (applied.isEmpty() && appliedBridges.isEmpty()) {
            ownChanges.begin(NftGeneration.of(socket));
        }
        if (!appliedBridges.equals(Optional.of(now.bridges()))) {
            ownChanges.commit(bridges.whole(now.bridges()), socket);
            appliedBridges = Optional.of(now.bridges());
            bridgeStructure = Optional.of(bridgeStructure(socket));
        }
        boolean whole = applied.isEmpty();
        NftTransaction transaction = whole ? table.whole(wanted) : table.change(applied.get(), wanted);
        if (transaction.isEmpty()) {
            return;
        }
        boolean otherStructure = whole || !applied.get().chains().equals(wanted.chains());
        applied = Optional.empty(); // until it has succeeded
        ownChanges.commit(transaction, socket);
        applied = Optional.of(wanted);
        cutter.ifPresent(it -> it.keep(wanted));
        if (otherStructure) {
            structure = Optional.of(table.structure(socket));
        }
        if (whole) {
            LOG.log(INFO, "network policy set: " + now.world().policies().size() + " policies");
        }
    }

    private boolean isIntact(NetlinkSocket socket) throws KernelException {
        int generation = NftGeneration.of(socket);
        if (ownChanges.reach(generation)) {
            return true;
        }
        boolean intact = structure.equals(Optional.of(table.structure(socket)))
                && bridgeStructure.equals(Optional.of(bridgeStructure(socket)))
                && table.holds(socket, applied.get());
        if (intact) {
            ownChanges.begin(generation);
        }
        return intact;
    }

    private NftStructure bridgeStructure(NetlinkSocket socket) throws KernelException {
        return NftStructure.of(socket, NftTransaction.Family.BRIDGE, tableName);
    }

    private void raise(String detail) {
        if (!closing) {
            board.raise(Condition.NETWORK_POLICY_FAILING, detail);
        }
    }

    /// Removes the tables, if there are any.
    public static void remove(Names names) throws KernelException {
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER)) {
            new PolicyTable(names, false, false).removal().commit(socket);
            new BridgeTable(names).removal().commit(socket);
        }
    }

    /// Removes what was noted of pods.
    public static void forget(Path folder) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }

    /// The networks that have such tables on this host.
    public static Set<Names> installed() throws KernelException {
        Set<Names> networks = new LinkedHashSet<>();
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER)) {
            for (NftTransaction.Family family : NftTransaction.Family.values()) {
                for (String name : NftStructure.tables(socket, family)) {
                    Names.ownerOf(name)
                            .filter(it -> it.policyTable().equals(name))
                            .ifPresent(networks::add);
                }
            }
        }
        return networks;
    }

    /// Stops; the table stays.
    @Override
    public void close() {
        closing = true;
        logger.close();
        keeper.close();
        cutter.ifPresent(Keeper::close);
    }
}
