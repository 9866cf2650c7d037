package jflannel.backend;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import jflannel.dataplane.Endpoint;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Neighbor;
import jflannel.kernel.Route;
import jflannel.kernel.WireguardPeer;
import jflannel.kernelpath.KernelPeer;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.status.PacketCarriers;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;

/// What a backend wants the kernel to hold, updated one lease at a time, so that among thousands of peers a change of
/// one costs only what that one needs. The result depends on this node's lease, its peers and the kernel's facts, and
/// not on the order of updates. Used by one thread.
///
/// Peers can affect each other: two may want the same entry, or one may have its host among the pods. From then on
/// every change looks at all peers. That is rare, as the [jflannel.lease.LeaseJudge] has settled such conflicts among
/// the leases in the store; it leaves those that only this node remembers.
public final class DesiredState {
    private final Backend backend;
    private final RouteTable table;
    private final NetworkConfig config;
    private final Underlay underlay;
    private final Lease own;
    private final Peers peers;
    private Map<Object, Share> shares = Map.of();
    private Map<Object, KernelObject> objects = Map.of();
    private Map<Object, String> ignored = Map.of();
    private Map<Cidr, Reach.Carried> carried = Map.of();
    private boolean entangled;

    /// What one lease contributes.
    ///
    /// @param ignored why it, or one of its subnets, is left out
    private record Share(Lease lease, List<Part> parts, Map<Object, String> ignored) {
        void forEachObject(Consumer<KernelObject> action) {
            parts.forEach(part -> part.reach.objects().forEach(action));
        }

        int size() {
            return parts.stream().mapToInt(part -> part.reach.objects().size()).sum();
        }
    }

    private record Part(LeasedSubnet subnet, Reach reach) {}

    /// The objects that an update affected, by key.
    ///
    /// @param before those that were wanted
    /// @param now those that are wanted
    public record Changes(Map<Object, KernelObject> before, Map<Object, KernelObject> now) {}

    /// @param table for the routes
    /// @param own this node's lease
    public DesiredState(
            Backend backend, RouteTable table, NetworkConfig config, Underlay underlay, Lease own, Peers peers) {
        this.backend = backend;
        this.table = table;
        this.config = config;
        this.underlay = underlay;
        this.own = own;
        this.peers = peers;
    }

    /// Looks at the leases with these keys again.
    ///
    /// @param kernel the same facts as in the last call, except for the paths to these peers
    public Changes update(Set<Object> changed, KernelFacts kernel) {
        if (entangled) {
            return rebuild(kernel);
        }
        PeerSubnets rules = new PeerSubnets(config, underlay, kernel.host(), own);
        Map<Object, KernelObject> before = new HashMap<>();
        Map<Object, KernelObject> now = new HashMap<>();
        List<Share> next = new ArrayList<>();
        for (Object key : changed) {
            Share former = shares.get(key);
            if (former != null) {
                former.forEachObject(object -> before.put(object.key(), object));
            }
            Lease lease = peers.get(key);
            if (lease != null) {
                next.add(share(lease, rules, kernel));
            }
        }
        for (Share share : next) {
            if (isAmongPods(share.lease, kernel.host()) || !areFree(share, before, now)) {
                return rebuild(kernel);
            }
        }
        changed.forEach(this::forget);
        next.forEach(this::add);
        return new Changes(before, now);
    }

    private static boolean isAmongPods(Lease lease, HostNetworks host) {
        return lease.announced().publicIps().values().stream().anyMatch(host::isAmongPods);
    }

    /// Adds objects to `now`.
    ///
    /// @return false if a peer or this node itself already wants another object with the same key
    private boolean areFree(Share wanted, Map<Object, KernelObject> before, Map<Object, KernelObject> now) {
        boolean free = true;
        for (Part part : wanted.parts) {
            for (KernelObject object : part.reach.objects()) {
                Object key = object.key();
                free &= now.put(key, object) == null && (!objects.containsKey(key) || before.containsKey(key));
            }
        }
        return free;
    }

    private void forget(Object key) {
        Share share = shares.remove(key);
        if (share != null) {
            share.forEachObject(object -> objects.remove(object.key()));
            share.ignored.keySet().forEach(this::stopIgnoring);
            share.parts.forEach(part -> carried.remove(part.subnet.cidr()));
        }
    }

    /// Another lease may have the same subnet, which is then still left out.
    private void stopIgnoring(Object subject) {
        ignored.remove(subject);
        shares.values().stream()
                .map(share -> share.ignored.get(subject))
                .filter(Objects::nonNull)
                .findFirst()
                .ifPresent(why -> ignored.put(subject, why));
    }

    private void add(Share share) {
        shares.put(share.lease.key(), share);
        ignored.putAll(share.ignored);
        share.parts.forEach(this::add);
    }

    private void add(Part part) {
        part.reach.objects().forEach(object -> objects.put(object.key(), object));
        part.reach.carried().ifPresent(each -> carried.put(part.subnet.cidr(), each));
    }

    /// Looks at all leases again.
    public Changes rebuild(KernelFacts kernel) {
        final Map<Object, KernelObject> before = objects;
        PeerSubnets rules = new PeerSubnets(config, underlay, kernel.host(), own);
        List<Share> all = peers.leases().stream()
                .map(lease -> share(lease, rules, kernel))
                .toList();
        shares = HashMap.newHashMap(all.size());
        ignored = new HashMap<>();
        begin(kernel);
        int wanted = objects.size();
        for (Share share : all) {
            wanted += share.size();
            add(share);
        }
        entangled = objects.size() < wanted || peers.hosts().stream().anyMatch(kernel.host()::isAmongPods);
        if (entangled) {
            untangle(all, kernel);
        }
        return new Changes(before, objects);
    }

    /// Starts over with the objects for this node itself.
    private void begin(KernelFacts kernel) {
        objects = HashMap.newHashMap(3 * peers.leases().size());
        carried = new HashMap<>();
        List<KernelObject> forThisNode = new ArrayList<>(table.base(config, own));
        forThisNode.addAll(table.place(backend.objects(own, kernel)));
        forThisNode.forEach(object -> objects.put(object.key(), object));
    }

    /// Leaves out subnets that would capture packets for another peer's host. Of two that want different objects with
    /// one key, leaves out the one with the higher subnet, or else they would replace each other forever.
    private void untangle(List<Share> all, KernelFacts kernel) {
        begin(kernel);
        List<Part> parts = all.stream()
                .flatMap(share -> share.parts.stream())
                .sorted(Comparator.comparing(part -> part.subnet.cidr()))
                .toList();
        Map<Cidr, String> harmful =
                kernel.host().harmful(parts.stream().map(Part::subnet).toList(), own.cidrs());
        ignored.putAll(harmful);
        Map<Object, LeasedSubnet> holders = new HashMap<>();
        for (Part part : parts) {
            if (!harmful.containsKey(part.subnet.cidr())) {
                admit(part, holders);
            }
        }
    }

    private void admit(Part part, Map<Object, LeasedSubnet> holders) {
        for (KernelObject object : part.reach.objects()) {
            KernelObject other = objects.get(object.key());
            if (other != null && !other.equals(object)) {
                ignored.put(part.subnet.cidr(), conflict(object, holders.get(object.key())));
                return;
            }
        }
        part.reach.objects().forEach(object -> holders.put(object.key(), part.subnet));
        add(part);
    }

    private static String conflict(KernelObject object, LeasedSubnet holder) {
        String what = object instanceof Neighbor neighbor && neighbor.forwarding()
                ? "MAC address " + neighbor.mac()
                : "place";
        return "its %s is already that of %s"
                .formatted(what, holder == null ? "this node" : holder.cidr() + " at " + holder.publicIp());
    }

    private Share share(Lease lease, PeerSubnets rules, KernelFacts kernel) {
        PeerSubnets.Usable usable = rules.of(backend.asReached(lease));
        Map<Object, String> leftOut = usable.ignored();
        List<Part> parts = new ArrayList<>(usable.subnets().size());
        for (LeasedSubnet subnet : usable.subnets()) {
            try {
                requireHost(subnet.publicIp(), kernel);
                parts.add(new Part(subnet, table.place(backend.reach(subnet, own, kernel))));
            } catch (IllegalArgumentException | ConfigException e) {
                leftOut = new HashMap<>(leftOut);
                leftOut.put(subnet.cidr(), e.getMessage());
            }
        }
        return new Share(lease, joined(parts), leftOut);
    }

    /// The same parts, where the first that needs a WireGuard peer has it with the networks of all.
    private static List<Part> joined(List<Part> parts) {
        Map<Object, WireguardPeer> whole = new HashMap<>();
        if (parts.size() > 1) {
            parts.forEach(part -> part.reach.objects().forEach(object -> {
                if (object instanceof WireguardPeer peer) {
                    whole.merge(peer.key(), peer, WireguardPeer::and);
                }
            }));
        }
        return whole.isEmpty()
                ? List.copyOf(parts)
                : parts.stream()
                        .map(part -> new Part(part.subnet, part.reach.takingFrom(whole)))
                        .toList();
    }

    /// @throws IllegalArgumentException if the kernel knows that no single host has that address
    private static void requireHost(Ip ip, KernelFacts kernel) {
        if (kernel.path(ip).filter(PeerPath::isToSeveral).isPresent()) {
            throw new IllegalArgumentException(
                    "its address " + ip + " is the broadcast address of a link of this node");
        }
    }

    /// What the kernel should hold.
    public Collection<KernelObject> objects() {
        return Collections.unmodifiableCollection(objects.values());
    }

    /// What it should hold under a [KernelObject#key]; null if nothing.
    public KernelObject object(Object key) {
        return objects.get(key);
    }

    /// What it should hold for one lease.
    ///
    /// @param key a [Lease#key]
    public List<KernelObject> objectsOf(Object key) {
        List<KernelObject> wanted = new ArrayList<>();
        Share share = shares.get(key);
        if (share != null) {
            share.forEachObject(wanted::add);
        }
        wanted.removeIf(object -> !object.equals(objects.get(object.key())));
        return wanted;
    }

    /// Why peers cannot be reached because of what they published: by [Lease#key], or by the single subnet.
    public Map<Object, String> ignored() {
        return Collections.unmodifiableMap(ignored);
    }

    /// How packets reach the subnets of a lease.
    ///
    /// @param key a [Lease#key]
    /// @param tunnels indexes of the backend's own devices
    public PeerLink link(Object key, Set<Integer> tunnels) {
        Share share = shares.get(key);
        List<Reach> reaches = share == null
                ? List.of()
                : share.parts.stream().map(Part::reach).toList();
        List<Reach.Carried> byTunnel =
                reaches.stream().flatMap(reach -> reach.carried().stream()).toList();
        List<Route> routes = reaches.stream()
                .flatMap(reach -> reach.objects().stream())
                .filter(Route.class::isInstance)
                .map(Route.class::cast)
                .toList();
        boolean peer =
                reaches.stream().flatMap(reach -> reach.objects().stream()).anyMatch(WireguardPeer.class::isInstance);
        boolean tunnel =
                peer || !byTunnel.isEmpty() || routes.stream().anyMatch(route -> tunnels.contains(route.ifIndex()));
        PeerLink.Kind direct =
                routes.isEmpty() ? share == null ? PeerLink.Kind.NONE : backend.withoutRoutes() : PeerLink.Kind.DIRECT;
        String daemon = byTunnel.stream()
                .map(Reach.Carried::obstacle)
                .filter(obstacle -> !obstacle.isEmpty())
                .findFirst()
                .orElse("");
        return new PeerLink(tunnel ? PeerLink.Kind.TUNNEL : direct, daemon);
    }

    /// Where to send packets for a subnet, if they pass through this process.
    public Map<Cidr, Endpoint> endpoints() {
        Map<Cidr, Endpoint> endpoints = HashMap.newHashMap(carried.size());
        carried.forEach((cidr, each) -> endpoints.put(cidr, each.endpoint()));
        return endpoints;
    }

    /// The same for the kernel's programs.
    public Map<Cidr, KernelPeer> kernelPeers() {
        Map<Cidr, KernelPeer> kernelPeers = HashMap.newHashMap(carried.size());
        carried.forEach((cidr, each) -> kernelPeers.put(cidr, each.peer()));
        return kernelPeers;
    }

    /// True if packets to or from a peer pass through this process. There are none of a peer that no route leads to, as
    /// while a link is down.
    public boolean hasPacketsForDaemon() {
        return carried.values().stream()
                .anyMatch(each -> !each.obstacle().isEmpty() && each.peer().mtu() > 0);
    }

    /// Who carries the packets, where that may be this process.
    public PacketCarriers carriers() {
        Map<String, String> byDaemon = new TreeMap<>();
        carried.forEach((cidr, each) -> {
            if (!each.obstacle().isEmpty()) {
                byDaemon.put(cidr.toString(), each.obstacle());
            }
        });
        return new PacketCarriers(carried.size() - byDaemon.size(), byDaemon);
    }
}
