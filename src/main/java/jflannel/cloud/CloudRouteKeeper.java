package jflannel.cloud;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import jflannel.cloud.CloudException.Fault;
import jflannel.status.Board;
import jflannel.status.CloudRouteState;
import jflannel.status.Condition;
import jflannel.work.Backoff;
import jflannel.work.Keeper;

/// Keeps this node's routes in a cloud's tables, on a thread of its own: at the start, when the node's subnet or
/// interface changes, and again and again. Pods have their network whatever the cloud answers; what is wrong becomes a
/// condition.
///
/// A look is one call. Only what differs is written.
public final class CloudRouteKeeper implements AutoCloseable {
    private static final Logger LOG = System.getLogger(CloudRouteKeeper.class.getName());
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    /// After a write, when the cloud is sure to show what was written.
    private static final Duration SETTLED = Duration.ofSeconds(30);
    private static final Duration DONE = Duration.ofDays(365);
    /// How often to see whether the interface may still carry pods' packets.
    private static final Duration BETWEEN_ADMISSIONS = Duration.ofHours(1);

    private static final Set<Condition> OURS = Set.of(
            Condition.CLOUD_NOT_INSTALLED,
            Condition.CLOUD_CREDENTIALS,
            Condition.CLOUD_PERMISSION,
            Condition.CLOUD_QUOTA,
            Condition.CLOUD_THROTTLED,
            Condition.CLOUD_FAILING,
            Condition.CLOUD_ROUTE_OVERRIDDEN,
            Condition.CLOUD_ROUTE_MISSING);

    private final Board board;
    private final CloudMemory memory;
    private final Spread spread;
    private final LongSupplier clock;
    private final Keeper<DesiredCloudRoutes> keeper;
    private final Backoff pauses = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
    private volatile OtherNodes others = OtherNodes.NONE;
    private Optional<DesiredCloudRoutes> last; // only the thread that calls keep
    // below: only the keeper's thread
    private Optional<DesiredCloudRoutes> current = Optional.empty();
    private Optional<CloudRoutes> routes = Optional.empty();
    private CloudCleaning cleaning = new CloudCleaning();
    /// No call before that time of the clock, in nanoseconds.
    private long notBefore;

    private boolean mayWrite;
    private boolean wasInPlace;
    private boolean isAdmitted;
    /// Why it is not known whether this node's interface may carry pods' packets; empty if it is known.
    private String refused = "";

    private long admitted;

    public CloudRouteKeeper(CloudMemory memory, Board board) {
        this(memory, board, RandomGenerator.getDefault(), System::nanoTime);
    }

    CloudRouteKeeper(CloudMemory memory, Board board, RandomGenerator random, LongSupplier clock) {
        this.board = board;
        this.memory = memory;
        this.last = memory.read().stream().findFirst();
        this.spread = new Spread(random);
        this.clock = clock;
        this.notBefore = clock.getAsLong();
        this.keeper = new Keeper<>("cloud-routes", board, this::converge);
    }

    /// From now on the cloud's tables should hold this.
    public void keep(DesiredCloudRoutes wanted, OtherNodes nodes) {
        others(nodes);
        last = Optional.of(wanted);
        keeper.keep(wanted);
    }

    /// The other nodes' changes are no reason for a look: there are as many as nodes, and each looks.
    void others(OtherNodes nodes) {
        others = nodes;
    }

    /// From now on they should not hold what was kept last, by this process or an earlier one: the network has another
    /// backend.
    public void withdraw() {
        last.map(DesiredCloudRoutes::withdraw).ifPresent(keeper::keep);
    }

    Duration converge(DesiredCloudRoutes wanted) {
        if (!current.equals(Optional.of(wanted))) {
            begin(wanted);
        }
        long early = notBefore - clock.getAsLong();
        return early > 0 ? Duration.ofNanos(early) : look(wanted);
    }

    private void begin(DesiredCloudRoutes wanted) {
        boolean first = current.isEmpty();
        current = Optional.of(wanted);
        end();
        mayWrite = false;
        wasInPlace = false;
        isAdmitted = false;
        cleaning = new CloudCleaning();
        if (first) {
            await(spread.beforeLook(others.subnets().size() + 1));
        }
    }

    private Duration await(Duration pause) {
        notBefore = clock.getAsLong() + pause.toNanos();
        return pause;
    }

    private Duration look(DesiredCloudRoutes wanted) {
        try {
            if (wanted.withdrawn()) {
                return withdraw(wanted);
            }
            takeBack(wanted);
            if (routes.isEmpty()) {
                Optional<CloudProvider> provider = memory.provider(wanted);
                if (provider.isEmpty()) {
                    return notInstalled(wanted);
                }
                routes = Optional.of(provider.get().open(wanted));
            }
            Duration next = converge(wanted, routes.get());
            pauses.reset();
            return next;
        } catch (CloudException e) {
            return failed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Duration.ZERO;
        }
    }

    private Duration notInstalled(DesiredCloudRoutes wanted) {
        only(
                Condition.CLOUD_NOT_INSTALLED,
                "the backend %s needs the package jflannel-cloud: there is nothing for it in %s"
                        .formatted(wanted.network().type().title(), CloudLibraries.folder()));
        return spread.about(wanted.period());
    }

    private Duration converge(DesiredCloudRoutes wanted, CloudRoutes cloud)
            throws CloudException, InterruptedException {
        if (isAdmitted && clock.getAsLong() - admitted > BETWEEN_ADMISSIONS.toNanos()) {
            admit(cloud); // instead of a look: one call each time
            return spread.about(wanted.period());
        }
        List<CloudTable> tables = cloud.tables();
        OtherNodes nodes = others;
        CloudPlan plan = CloudPlan.of(wanted, tables, nodes.subnets(), nodes.known());
        note(cloud, tables, plan.isFulfilled());
        if (!plan.isFulfilled()) {
            if (!mayWrite) {
                mayWrite = true;
                Duration wait = spread.beforeWrite(plan.unrouted());
                if (!wait.isZero()) {
                    board.raise(Condition.CLOUD_ROUTE_MISSING, missing(plan) + "; it waits for its turn to add it");
                    return await(wait);
                }
            }
            admit(cloud);
            memory.add(wanted);
            write(cloud, plan);
            note(cloud, tables, true);
        }
        mayWrite = false;
        wasInPlace = true;
        if (!isAdmitted) {
            admit(cloud);
        }
        boolean cleaned = cleaning.clean(cloud, plan, wanted, nodes);
        show(tables, plan);
        return spread.about(
                plan.isFulfilled() && !cleaned || SETTLED.compareTo(wanted.period()) > 0 ? wanted.period() : SETTLED);
    }

    /// Somebody else may have done what the credentials do not permit; so that is no reason to write no routes.
    private void admit(CloudRoutes cloud) throws CloudException, InterruptedException {
        try {
            cloud.admit();
            isAdmitted = true;
            admitted = clock.getAsLong();
            refused = "";
        } catch (CloudException e) {
            if (e.fault() != Fault.PERMISSION) {
                throw e;
            }
            refused = e.getMessage();
        }
    }

    /// Deletes this node's routes, and has no more to do.
    private Duration withdraw(DesiredCloudRoutes wanted) throws CloudException, InterruptedException {
        clearAllBut(Set.of());
        board.note(Optional.empty());
        List<DesiredCloudRoutes> left = memory.left(wanted);
        for (DesiredCloudRoutes old : left.isEmpty() ? List.of(wanted) : left) {
            memory.takeBack(old);
        }
        board.clear(Condition.CLOUD_ROUTE_LEFT);
        return DONE;
    }

    /// Deletes what an earlier configuration left, which must not keep the present one from its routes.
    private void takeBack(DesiredCloudRoutes wanted) throws InterruptedException {
        String failure = "";
        for (DesiredCloudRoutes old : memory.left(wanted)) {
            try {
                memory.takeBack(old);
            } catch (CloudException e) {
                failure = left(old, e);
            }
        }
        board.set(Condition.CLOUD_ROUTE_LEFT, failure);
    }

    private static String left(DesiredCloudRoutes old, CloudException e) {
        return "the route to " + old.words() + " is still in the cloud's table: " + e.getMessage();
    }

    private void write(CloudRoutes cloud, CloudPlan plan) throws CloudException, InterruptedException {
        try {
            for (CloudRoute route : plan.replace()) {
                cloud.replace(route);
                repaired(route.words() + " led to " + route.target() + ", and leads to " + cloud.node() + " now");
            }
            for (CloudPlan.Create each : plan.create()) {
                create(cloud, plan, each);
                repaired(each.subnet() + " leads to " + cloud.node() + " by "
                        + each.table().id() + " now");
            }
        } catch (CloudException e) {
            board.raise(Condition.CLOUD_ROUTE_MISSING, missing(plan));
            throw e;
        }
    }

    /// Makes room in a full table, if routes to nowhere take it.
    private static void create(CloudRoutes cloud, CloudPlan plan, CloudPlan.Create each)
            throws CloudException, InterruptedException {
        try {
            cloud.create(each.table(), each.subnet());
        } catch (CloudException e) {
            Optional<CloudRoute> dead = plan.dead().stream()
                    .filter(route -> route.table().equals(each.table().id()))
                    .findFirst();
            if (e.fault() != Fault.QUOTA || dead.isEmpty()) {
                throw e;
            }
            cloud.delete(dead.get());
            cloud.create(each.table(), each.subnet());
        }
    }

    private void repaired(String what) {
        LOG.log(Level.INFO, "cloud: {0}", what);
        if (wasInPlace) {
            board.repaired("cloud: " + what);
        }
    }

    private static String missing(CloudPlan plan) {
        String lacking = plan.create().isEmpty()
                ? plan.replace().getFirst().words()
                : plan.create().getFirst().subnet() + " in "
                        + plan.create().getFirst().table().id();
        return "the cloud does not route " + lacking + " to this node, so other nodes cannot reach its pods";
    }

    private void note(CloudRoutes cloud, List<CloudTable> tables, boolean inPlace) {
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        List<String> words = tables.stream().map(CloudTable::words).toList();
        board.note(Optional.of(new CloudRouteState(cloud.node(), words, inPlace, now)));
    }

    private void show(List<CloudTable> tables, CloudPlan plan) {
        clearAllBut(Set.of(Condition.CLOUD_PERMISSION, Condition.CLOUD_QUOTA, Condition.CLOUD_ROUTE_OVERRIDDEN));
        board.set(Condition.CLOUD_PERMISSION, refused);
        int missing = plan.unrouted();
        board.set(
                Condition.CLOUD_QUOTA,
                tables.stream()
                        .filter(table -> table.limit() > 0 && (table.used() + missing) * 10L > table.limit() * 9L)
                        .findFirst()
                        .map(table -> "%s holds %d routes of at most %d, and %d nodes still lack one"
                                .formatted(table.id(), table.used(), table.limit(), missing))
                        .orElse(""));
        board.set(
                Condition.CLOUD_ROUTE_OVERRIDDEN,
                plan.overriding().stream()
                        .findFirst()
                        .map(route -> "the route " + route.words() + " leads to " + route.target()
                                + ", and wins over this node's")
                        .orElse(""));
    }

    private Duration failed(CloudException e) {
        LOG.log(Level.DEBUG, "cloud", e);
        if (current.filter(DesiredCloudRoutes::withdrawn).isPresent()) {
            board.raise(Condition.CLOUD_ROUTE_LEFT, left(current.get(), e));
        } else {
            only(e.fault().condition(), e.getMessage());
        }
        Duration pause = pauses.next();
        Duration half = pause.dividedBy(2);
        return await(half.plus(spread.part(half)));
    }

    /// Raises a condition instead of all others that say why; that the route is missing remains.
    private void only(Condition condition, String detail) {
        clearAllBut(Set.of(condition, Condition.CLOUD_ROUTE_MISSING));
        board.raise(condition, detail);
        boolean inPlace =
                board.status().cloudRoute().filter(CloudRouteState::inPlace).isPresent();
        if (!inPlace && !board.isRaised(Condition.CLOUD_ROUTE_MISSING)) {
            board.raise(
                    Condition.CLOUD_ROUTE_MISSING,
                    "whether the cloud routes this node's subnet to it is not known: " + condition.code());
        }
    }

    private void clearAllBut(Set<Condition> kept) {
        OURS.stream().filter(it -> !kept.contains(it)).forEach(board::clear);
    }

    private void end() {
        routes.ifPresent(CloudRoutes::close);
        routes = Optional.empty();
    }

    @Override
    public void close() {
        keeper.close();
        end();
        Arrays.stream(Condition.values()).filter(OURS::contains).forEach(board::clear);
        board.clear(Condition.CLOUD_ROUTE_LEFT);
    }
}
