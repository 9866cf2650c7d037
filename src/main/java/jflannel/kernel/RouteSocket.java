package jflannel.kernel;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Mac;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.linux.KernelReply;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// The kernel's network configuration in the namespace of the thread that makes the socket, by rtnetlink(7).
public final class RouteSocket implements Kernel {
    private final NetlinkSocket socket;
    private final Fib fib;
    private final WireguardDevices wireguard = new WireguardDevices();
    private final PolicySocket policies = new PolicySocket();

    public RouteSocket() throws KernelException {
        socket = new NetlinkSocket(Rtnetlink.NETLINK_ROUTE);
        fib = new Fib(socket);
    }

    @Override
    public List<Link> links() throws KernelException {
        return socket.dump(Link.list(), Link::decode);
    }

    @Override
    public Optional<Link> link(String name) throws KernelException {
        if (name.isEmpty() || name.getBytes(UTF_8).length > Link.MAX_NAME) {
            return Optional.empty();
        }
        try {
            return Optional.of(socket.ask(Link.find(name), Link::decode));
        } catch (KernelException e) {
            if (e.is(Errno.ENODEV)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public List<InterfaceAddress> addresses() throws KernelException {
        return socket.dump(Address.list(0), Address::decode);
    }

    @Override
    public List<Neighbor> permanentNeighbors(int ifIndex) throws KernelException {
        return socket.dump(Neighbor.list(ifIndex), Neighbor::decode).stream()
                .filter(entry -> entry.ifIndex() == ifIndex) // old kernels list all
                .toList();
    }

    @Override
    public List<Route> routes() throws KernelException {
        List<Route> routes = new ArrayList<>();
        for (Family family : Family.values()) {
            routes.addAll(routes(family, FibRoute.MAIN));
        }
        return routes;
    }

    private List<Route> routes(Family family, int table) throws KernelException {
        try {
            return socket.dump(FibRoute.list(family, table), in -> {
                Route route = Route.decode(in);
                // a kernel without IPv6 takes the question for one about all families
                boolean asked = route != null && route.table() == table;
                return asked && route.destination().family() == family ? route : null;
            });
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT)) {
                return List.of(); // a table comes into being with its first route
            }
            throw e;
        }
    }

    @Override
    public List<FibRoute> fib(Predicate<FibRoute> wanted) throws KernelException {
        return fib.routes(wanted);
    }

    @Override
    public List<Cidr> ruleDestinations() throws KernelException {
        return fib.ruleDestinations();
    }

    @Override
    public List<RoutingRule> rules() throws KernelException {
        return fib.rules();
    }

    @Override
    public List<KernelReply<Path>> pathsOf(List<RouteQuery> queries) throws KernelException {
        return fib.pathsOf(queries);
    }

    @Override
    public List<KernelReply<FibRoute>> routesFor(List<RouteQuery> queries) throws KernelException {
        return fib.routesFor(queries);
    }

    @Override
    public Link create(Device device) throws KernelException {
        Link made = make(device);
        Ipv6Setting.ignoreRouters(device.name());
        try {
            if (!device.isSatisfiedBy(made)) {
                throw new KernelException(
                        "create device " + device.name(),
                        Errno.EOPNOTSUPP.number(),
                        "this kernel ignores a part of " + device.kind().words(DeviceNames.of(links()))
                                + "; an external device with a filter of VNIs needs Linux 5.18");
            }
            if (device.kind() instanceof Wireguard wanted) {
                wireguard.configure(made, wanted); // the kernel takes the port when the device comes up
            }
            setUp(made);
            return made(device.name());
        } catch (KernelException e) {
            delete(made); // it would be found, and kept, by the next attempt: another program has the UDP port
            throw e;
        }
    }

    private Link make(Device device) throws KernelException {
        try {
            socket.execute(LinkRequests.create(device));
        } catch (KernelException e) {
            if (!e.is(Errno.EOPNOTSUPP) || !(device.kind() instanceof Wireguard)) {
                throw e;
            }
            wireguard.create(device.name());
            setMtu(made(device.name()), device.mtu());
        }
        return made(device.name());
    }

    @Override
    public void createJoiningPair(String entrance, String exit, int mtu) throws KernelException {
        socket.execute(LinkRequests.pair(entrance, exit, mtu));
        try {
            for (String name : List.of(entrance, exit)) {
                Ipv6Setting.refuse(name);
            }
            // the kernel joins packets where a device without segmentation offload sends them (net/drivers/veth.c)
            Ethtool.set(entrance, Ethtool.TCP_SEGMENTATION, false);
            Ethtool.set(exit, Ethtool.RECEIVE_OFFLOAD, true);
            setUp(made(entrance));
            setUp(made(exit));
        } catch (KernelException e) {
            delete(made(entrance));
            throw e;
        }
    }

    @Override
    public void admit(Link link, Device device) throws KernelException {
        switch (device.kind()) {
            case Vxlan vxlan when vxlan.external() -> socket.execute(LinkRequests.admit(link, vxlan.vni()));
            case Dummy _, Vxlan _, IpTunnel _ -> {}
            case Wireguard it -> wireguard.configure(link, it);
        }
    }

    @Override
    public Link rename(Link link, String name) throws KernelException {
        socket.execute(LinkRequests.down(link));
        socket.execute(LinkRequests.rename(link, name));
        setUp(link);
        return made(name);
    }

    private Link made(String name) throws KernelException {
        return link(name)
                .orElseThrow(() -> new KernelException("find device " + name, Errno.ENODEV.number(), "just made"));
    }

    @Override
    public void delete(Link link) throws KernelException {
        Request request = LinkRequests.delete(link);
        KernelException refusal = socket.execute(List.of(request))[0];
        if (refusal != null && !isGone(refusal)) {
            throw refusal;
        }
    }

    @Override
    public void setMtu(Link link, int mtu) throws KernelException {
        socket.execute(LinkRequests.mtu(link, mtu));
    }

    @Override
    public void setMac(Link link, Mac mac) throws KernelException {
        socket.execute(LinkRequests.mac(link, mac));
    }

    @Override
    public boolean hasChecksumOffload(Link link) throws KernelException {
        return Ethtool.sendsWithoutChecksums(link.name());
    }

    @Override
    public void setChecksumOffload(Link link, boolean on) throws KernelException {
        Ethtool.set(link.name(), Ethtool.CHECKSUMS, on);
    }

    @Override
    public void setUp(Link link) throws KernelException {
        socket.execute(LinkRequests.up(link));
    }

    @Override
    public Outcome converge(Ownership ours, Collection<? extends KernelObject> desired) throws KernelException {
        return apply(plan(ours, desired));
    }

    @Override
    public Plan plan(Ownership ours, Collection<? extends KernelObject> desired) throws KernelException {
        return Plan.from(objects(ours, desired), ours.claims(), desired);
    }

    @Override
    public Outcome apply(Plan plan) throws KernelException {
        allowIpv6(plan);
        KernelException[] refusals = execute(plan.changes(), plan.moved());
        List<KernelObject> put = new ArrayList<>();
        List<KernelObject> deleted = new ArrayList<>();
        Set<KernelObject> lacking = new HashSet<>(plan.lacking());
        List<KernelException> refused = new ArrayList<>(plan.refused());
        for (int i = 0; i < refusals.length; i++) {
            Plan.Change change = plan.changes().get(i);
            boolean deletion = change.verb() == Plan.Verb.DELETE;
            if (refusals[i] == null) {
                (deletion ? deleted : put).add(change.object());
            } else if (!deletion || !isGone(refusals[i])) {
                refused.add(refusals[i]);
                if (!deletion) {
                    lacking.add(change.object());
                }
            }
        }
        return new Outcome(put, deleted, lacking, refused);
    }

    /// Makes changes in order, by whichever interface each takes.
    private KernelException[] execute(List<Plan.Change> changes, Set<Cidr> moved) throws KernelException {
        KernelException[] refusals = new KernelException[changes.size()];
        int from = 0;
        while (from < changes.size()) {
            Class<?> kind = changes.get(from).object().getClass();
            int to = from + 1;
            while (to < changes.size() && changes.get(to).object().getClass() == kind) {
                to++;
            }
            KernelException[] of = execute(kind, changes.subList(from, to), moved);
            System.arraycopy(of, 0, refusals, from, of.length);
            from = to;
        }
        return refusals;
    }

    private KernelException[] execute(Class<?> kind, List<Plan.Change> run, Set<Cidr> moved) throws KernelException {
        if (kind == WireguardPeer.class) {
            return wireguard.apply(run, moved);
        }
        List<Request> requests = run.stream().map(ObjectRequests::of).toList();
        return kind == XfrmPolicy.class ? policies.execute(requests) : socket.execute(requests);
    }

    /// An administrator who disables IPv6 on new devices means network cards. A device that is to have an IPv6
    /// address is this program's, and pods need IPv6 there.
    private void allowIpv6(Plan plan) throws KernelException {
        Set<Integer> devices = plan.changes().stream()
                .filter(change -> change.verb() != Plan.Verb.DELETE)
                .flatMap(change -> change.object() instanceof Address it ? Stream.of(it) : Stream.empty())
                .filter(address -> address.ip().family() == Family.IPV6)
                .map(Address::ifIndex)
                .collect(Collectors.toSet());
        if (devices.isEmpty()) {
            return;
        }
        for (Link link : links()) {
            if (devices.contains(link.index())) {
                Ipv6Setting.allow(link.name());
            }
        }
    }

    @Override
    public Set<KernelObject> objects(Ownership ours, Collection<? extends KernelObject> desired)
            throws KernelException {
        Set<KernelObject> actual = new LinkedHashSet<>(routes());
        for (int table : ours.tables(desired)) {
            for (Family family : Family.values()) {
                actual.addAll(routes(family, table));
            }
        }
        actual.addAll(rules());
        for (int device : ours.devices(desired)) {
            for (InterfaceAddress address : addresses(device)) {
                actual.add(address.address());
            }
            actual.addAll(socket.dump(Neighbor.list(device), Neighbor::decode));
            actual.addAll(socket.dump(Neighbor.listForwarding(device), Neighbor::decode));
        }
        if (!ours.filters().isEmpty() || desired.stream().anyMatch(Filter.class::isInstance)) {
            actual.addAll(filters());
        }
        actual.addAll(wireguard.peers(ours.wireguard(), desired));
        if (ours.policies() || desired.stream().anyMatch(XfrmPolicy.class::isInstance)) {
            actual.addAll(policies.policies());
        }
        return actual;
    }

    @Override
    public List<KernelObject> filters() throws KernelException {
        List<KernelObject> found = new ArrayList<>(socket.dump(Clsact.list(), Clsact::decode));
        for (KernelObject clsact : List.copyOf(found)) {
            for (Hook hook : Hook.values()) {
                found.addAll(filters(((Clsact) clsact).ifIndex(), hook));
            }
        }
        return found;
    }

    private List<Filter> filters(int device, Hook hook) throws KernelException {
        try {
            return socket.dump(Filter.list(device, hook), Filter::decode);
        } catch (KernelException e) {
            if (e.is(Errno.ENODEV) || e.is(Errno.EINVAL)) {
                return List.of(); // the device has gone meanwhile, or has no such hook
            }
            throw e;
        }
    }

    private List<InterfaceAddress> addresses(int device) throws KernelException {
        try {
            return socket.dump(Address.list(device), Address::decode);
        } catch (KernelException e) {
            if (e.is(Errno.ENODEV)) {
                return List.of(); // what is desired on it will be refused, object by object
            }
            throw e;
        }
    }

    /// What was to be deleted, or its device, was already gone.
    private static boolean isGone(KernelException refusal) {
        return refusal.is(Errno.ENOENT)
                || refusal.is(Errno.ESRCH)
                || refusal.is(Errno.EADDRNOTAVAIL)
                || refusal.is(Errno.ENODEV);
    }

    @Override
    public void close() {
        wireguard.close();
        socket.close();
        policies.close();
    }
}
