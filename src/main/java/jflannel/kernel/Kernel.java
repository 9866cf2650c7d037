package jflannel.kernel;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import jflannel.ip.Cidr;
import jflannel.ip.Mac;
import jflannel.linux.KernelException;
import jflannel.linux.KernelReply;

/// The kernel's network configuration in one network namespace. For one thread at a time.
public interface Kernel extends AutoCloseable {
    List<Link> links() throws IOException;

    Optional<Link> link(String name) throws IOException;

    /// The permanent entries of an interface's neighbor table, whoever made them.
    List<Neighbor> permanentNeighbors(int ifIndex) throws IOException;

    /// All addresses of all interfaces, in the kernel's order.
    List<InterfaceAddress> addresses() throws IOException;

    /// The routes of the main table, of both families.
    List<Route> routes() throws IOException;

    /// The routes of all tables, of both families, that `wanted` accepts; those that share next hops have them too.
    List<FibRoute> fib(Predicate<FibRoute> wanted) throws IOException;

    /// The filters at all devices that this program might have put there, and what gives devices their hooks.
    List<KernelObject> filters() throws IOException;

    /// The networks whose packets have rules (ip-rule(8)) of their own.
    List<Cidr> ruleDestinations() throws IOException;

    /// The rules that depend on nothing but the destination, and lead to a table.
    List<RoutingRule> rules() throws IOException;

    /// How the kernel would send each of many packets, asked at once.
    ///
    /// @return a reply for each query, in their order
    List<KernelReply<Path>> pathsOf(List<RouteQuery> queries) throws IOException;

    /// Which routes the kernel would take, as they are in their tables; each is refused if there is none, even
    /// where [#pathsOf] assumes that the destination is on the link.
    List<KernelReply<FibRoute>> routesFor(List<RouteQuery> queries) throws IOException;

    /// Creates a device and brings it up. If it cannot be brought up, it is removed again.
    ///
    /// @throws KernelException also if this kernel does not support all its properties
    Link create(Device device) throws KernelException;

    /// Creates two devices that have no IPv6: what leaves by one arrives at the other, where single packets of a TCP
    /// stream are joined to super-packets. Brings both up.
    void createJoiningPair(String entrance, String exit, int mtu) throws KernelException;

    /// Lets an external vxlan device receive the packets of its network; does nothing for other devices. Repeating
    /// the call is harmless.
    void admit(Link link, Device device) throws KernelException;

    /// Gives a device another name; it is down for a moment.
    Link rename(Link link, String name) throws KernelException;

    void delete(Link link) throws KernelException;

    void setMtu(Link link, int mtu) throws KernelException;

    void setMac(Link link, Mac mac) throws KernelException;

    void setUp(Link link) throws KernelException;

    /// Whether a device leaves checksums of what it sends to the devices below it.
    boolean hasChecksumOffload(Link link) throws KernelException;

    void setChecksumOffload(Link link, boolean on) throws KernelException;

    /// Adds or corrects what differs from `desired`, then deletes what `ours` claims beyond it. A refused object is
    /// reported in the outcome, and the rest is done. Routes to networks that this node itself is attached to are
    /// refused without asking the kernel, and so are all but one of several objects with equal keys.
    ///
    /// Reads only those tables of the kernel that `ours` and `desired` concern.
    ///
    /// @param ours which of the kernel's objects may be deleted
    /// @throws IOException if the kernel's tables cannot be read or the socket fails: nothing was judged then
    Outcome converge(Ownership ours, Collection<? extends KernelObject> desired) throws IOException;

    /// What the kernel holds in the tables that `ours` and `desired` concern, whoever made it.
    Set<KernelObject> objects(Ownership ours, Collection<? extends KernelObject> desired) throws IOException;

    /// What to change so that the kernel holds `desired`, without changing it: the reading half of [#converge].
    ///
    /// @throws IOException if the kernel's tables cannot be read
    Plan plan(Ownership ours, Collection<? extends KernelObject> desired) throws IOException;

    /// Makes changes in the given order without reading the kernel's tables, so it takes no longer when they are
    /// full. [Plan.Verb#ADD] is refused if there is something in its place; the caller then has to look.
    ///
    /// @throws IOException if the socket fails
    Outcome apply(Plan plan) throws IOException;

    @Override
    void close();
}
