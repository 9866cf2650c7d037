package jflannel.backend;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import jflannel.ip.Cidr;
import jflannel.ip.Mac;
import jflannel.kernel.Address;
import jflannel.kernel.Clsact;
import jflannel.kernel.Device;
import jflannel.kernel.FibRoute;
import jflannel.kernel.Filter;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Link;
import jflannel.kernel.LinkKind;
import jflannel.kernel.Neighbor;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Path;
import jflannel.kernel.Plan;
import jflannel.kernel.Route;
import jflannel.kernel.RouteQuery;
import jflannel.kernel.RoutingRule;
import jflannel.kernel.Vxlan;
import jflannel.kernel.WireguardPeer;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.linux.KernelReply;

/// A kernel of plain collections: what a backend asks for is what it holds. The real one is met in the `*IT`
/// classes.
final class FakeKernel implements Kernel {
    final Map<String, Link> links = new LinkedHashMap<>();
    final Set<KernelObject> objects = new LinkedHashSet<>();
    /// The networks whose packets external vxlan devices receive, by the device's name.
    final Map<String, Integer> admitted = new LinkedHashMap<>();
    /// Devices that compute checksums themselves, by name.
    final Set<String> withoutOffload = new HashSet<>();
    /// Has vxlan devices with a table and external ones refuse each other, as they do on one port.
    boolean refusesSecondKind;
    /// Objects the kernel refuses.
    Predicate<KernelObject> refuses = object -> false;

    private int nextIndex = 1;

    Link add(String name, String kind, int mtu, Mac mac, LinkKind properties) {
        Link link = new Link(nextIndex++, name, kind, mtu, mac, true, 0, properties);
        links.put(name, link);
        return link;
    }

    /// The objects as ip(8) would show them, sorted.
    List<String> shown() {
        return objects.stream().map(this::shown).sorted().toList();
    }

    private String shown(KernelObject object) {
        String text = object.toString();
        for (Link link : links.values()) {
            text = text.replaceAll("dev " + link.index() + "\\b", "dev " + link.name());
        }
        return text;
    }

    @Override
    public List<Link> links() {
        return List.copyOf(links.values());
    }

    @Override
    public Optional<Link> link(String name) {
        return Optional.ofNullable(links.get(name));
    }

    @Override
    public List<Neighbor> permanentNeighbors(int ifIndex) {
        return objects.stream()
                .filter(object -> object instanceof Neighbor it && !it.forwarding() && it.ifIndex() == ifIndex)
                .map(Neighbor.class::cast)
                .toList();
    }

    @Override
    public List<InterfaceAddress> addresses() {
        return objects.stream()
                .filter(Address.class::isInstance)
                .map(address -> new InterfaceAddress((Address) address))
                .toList();
    }

    @Override
    public List<Route> routes() {
        return objects.stream()
                .filter(Route.class::isInstance)
                .map(Route.class::cast)
                .toList();
    }

    @Override
    public void createJoiningPair(String entrance, String exit, int mtu) {
        throw new UnsupportedOperationException("only the packet path asks for one");
    }

    @Override
    public List<KernelObject> filters() {
        return List.of();
    }

    @Override
    public List<FibRoute> fib(Predicate<FibRoute> wanted) {
        throw new UnsupportedOperationException("no backend asks for other tables");
    }

    @Override
    public List<Cidr> ruleDestinations() {
        return List.of();
    }

    @Override
    public List<RoutingRule> rules() {
        return List.of();
    }

    @Override
    public List<KernelReply<Path>> pathsOf(List<RouteQuery> queries) {
        throw new UnsupportedOperationException("no backend asks for paths");
    }

    @Override
    public List<KernelReply<FibRoute>> routesFor(List<RouteQuery> queries) {
        throw new UnsupportedOperationException("no backend asks for the routes of packets");
    }

    @Override
    public Link create(Device device) throws KernelException {
        if (refusesSecondKind
                && links.values().stream()
                        .anyMatch(it -> it.properties() != null && device.kind().excludes(it.properties()))) {
            throw new KernelException("bring up device " + device.name(), Errno.EADDRINUSE.number(), null);
        }
        return add(device.name(), device.kind().driver(), device.mtu(), device.mac(), device.kind());
    }

    @Override
    public void admit(Link link, Device device) {
        if (device.kind() instanceof Vxlan vxlan && vxlan.external()) {
            admitted.put(link.name(), vxlan.vni());
        }
    }

    @Override
    public Link rename(Link link, String name) {
        links.remove(link.name());
        Link renamed = new Link(
                link.index(), name, link.kind(), link.mtu(), link.mac(), true, link.master(), link.properties());
        links.put(name, renamed);
        return renamed;
    }

    @Override
    public void delete(Link link) {
        admitted.remove(link.name());
        links.remove(link.name());
        objects.removeIf(object -> switch (object) {
            case Address address -> address.ifIndex() == link.index();
            case jflannel.kernel.Neighbor neighbor -> neighbor.ifIndex() == link.index();
            case Route route -> route.ifIndex() == link.index();
            case RoutingRule _, jflannel.kernel.XfrmPolicy _ -> false;
            case Clsact clsact -> clsact.ifIndex() == link.index();
            case Filter filter -> filter.ifIndex() == link.index();
            case WireguardPeer peer -> peer.ifIndex() == link.index();
        });
    }

    @Override
    public void setMtu(Link link, int mtu) {
        replace(new Link(
                link.index(), link.name(), link.kind(), mtu, link.mac(), link.up(), link.master(), link.properties()));
    }

    @Override
    public void setMac(Link link, Mac mac) {
        Link now = links.get(link.name());
        replace(new Link(
                now.index(), now.name(), now.kind(), now.mtu(), mac, now.up(), now.master(), now.properties()));
    }

    @Override
    public void setUp(Link link) {
        Link now = links.get(link.name());
        replace(new Link(
                now.index(), now.name(), now.kind(), now.mtu(), now.mac(), true, now.master(), now.properties()));
    }

    @Override
    public boolean hasChecksumOffload(Link link) {
        return !withoutOffload.contains(link.name());
    }

    @Override
    public void setChecksumOffload(Link link, boolean on) {
        if (on) {
            withoutOffload.remove(link.name());
        } else {
            withoutOffload.add(link.name());
        }
    }

    private void replace(Link link) {
        links.put(link.name(), link);
    }

    @Override
    public Outcome converge(Ownership ours, Collection<? extends KernelObject> desired) {
        return apply(plan(ours, desired));
    }

    @Override
    public Set<KernelObject> objects(Ownership ours, Collection<? extends KernelObject> desired) {
        return Set.copyOf(objects);
    }

    @Override
    public Plan plan(Ownership ours, Collection<? extends KernelObject> desired) {
        return Plan.from(objects, ours.claims(), desired);
    }

    @Override
    public Outcome apply(Plan plan) {
        Set<KernelObject> lacking = new HashSet<>(plan.lacking());
        List<KernelException> refused = new ArrayList<>(plan.refused());
        List<KernelObject> put = new ArrayList<>();
        List<KernelObject> deleted = new ArrayList<>();
        for (Plan.Change change : plan.changes()) {
            KernelObject object = change.object();
            if (change.verb() == Plan.Verb.DELETE) {
                objects.remove(object);
                deleted.add(object);
            } else if (refuses.test(object)) {
                lacking.add(object);
                refused.add(new KernelException("put " + object, Errno.EINVAL.number(), null));
            } else {
                objects.removeIf(there -> there.key().equals(object.key()));
                objects.add(object);
                put.add(object);
            }
        }
        return new Outcome(put, deleted, lacking, refused);
    }

    @Override
    public void close() {}
}
