package jflannel.cloud.http;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.CloudRoute;
import jflannel.cloud.CloudRoute.State;
import jflannel.cloud.CloudRoutes;
import jflannel.cloud.CloudTable;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.ip.Cidr;

/// Route tables whose routes have an ID, and a text by which flannel's are known. A table holds one route to a
/// destination. So a route without flannel's text is somebody else's, unless it leads to this node's own subnet.
public abstract class MarkedRoutes implements CloudRoutes {
    protected final DesiredCloudRoutes wanted;
    /// By this object, by table and subnet: lists may show a route later than it works.
    private final Set<String> created = new HashSet<>();

    protected MarkedRoutes(DesiredCloudRoutes wanted) {
        this.wanted = wanted;
    }

    /// @param text in which flannel's mark may be
    /// @param target in the cloud's words
    /// @param works false if packets that take it are lost
    /// @param here true if it leads to this node
    public record Entry(String id, String destination, String text, String target, boolean works, boolean here) {}

    /// Empty if it is no concern of flannel's.
    protected final Optional<CloudRoute> route(String table, Entry entry) {
        Cidr destination;
        try {
            destination = Cidr.parse(entry.destination());
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a list of prefixes
        }
        boolean ours = entry.text().equals(CloudRoute.mark(destination))
                || wanted.subnets().contains(destination);
        State state = !ours ? State.FOREIGN : entry.works() ? State.ACTIVE : State.DEAD;
        return Optional.of(new CloudRoute(table, destination, entry.id(), entry.target(), state, entry.here()))
                .filter(_ -> wanted.concerns(destination));
    }

    /// The one that the node's own part of the network uses, or else the main one.
    protected static Optional<Fields> inUse(List<Fields> tables, Predicate<Fields> own, Predicate<Fields> main) {
        return tables.stream()
                .filter(own)
                .findFirst()
                .or(() -> tables.stream().filter(main).findFirst());
    }

    /// @return false if the table has a route to that subnet already
    protected abstract boolean insert(String table, Cidr subnet) throws CloudException, InterruptedException;

    @Override
    public final void create(CloudTable table, Cidr subnet) throws CloudException, InterruptedException {
        create(table.id(), subnet);
    }

    private void create(String table, Cidr subnet) throws CloudException, InterruptedException {
        String what = subnet + " in " + table;
        if (!insert(table, subnet) && !created.contains(what)) {
            throw new CloudException(Fault.FAILED, "there is a route to " + what + ", but it is not listed yet");
        }
        created.add(what);
    }

    @Override
    public final void replace(CloudRoute route) throws CloudException, InterruptedException {
        delete(route);
        create(route.table(), route.destination());
    }

    @Override
    public final Set<CloudRoute> made(Collection<CloudRoute> routes) {
        return routes.stream().filter(route -> route.state() != State.FOREIGN).collect(Collectors.toSet());
    }
}
