package jflannel.backend;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.Device;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.kernel.Wireguard;
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.WireguardSecret;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.WireguardOptions;
import jflannel.lease.WireguardOptions.Mode;
import jflannel.names.Names;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;

/// Encrypts pods' packets with WireGuard, in the kernel. One entry for each node says where its pods' packets go, and
/// that only it may send packets from there:
///
///     10.5.0.0/16 dev flannel-wg scope link
///     peer: …=  endpoint 192.0.2.2:51820  allowed ips 10.5.2.0/24
///
/// Devices and sessions survive this process.
final class WireguardBackend implements Backend {
    /// Short enough for the NAT of cheap routers, in seconds; also what WireGuard's own manual advises.
    private static final int KEEPALIVE_BEHIND_NAT = 25;

    private final NetworkConfig config;
    private final Underlay underlay;
    private final WireguardIdentity identity;
    private final Mode mode;
    private final WireguardSecret preshared;
    private final int keepalive;
    private final int mtu;
    private final Map<Family, Device> byFamily = new EnumMap<>(Family.class);

    WireguardBackend(NetworkConfig config, Names names, Underlay underlay, WireguardIdentity identity) {
        this.config = config;
        this.underlay = underlay;
        this.identity = identity;
        this.mode = config.option(WireguardOptions.MODE);
        String psk = config.option(WireguardOptions.PSK);
        this.preshared = psk.isEmpty() ? WireguardSecret.NONE : WireguardSecret.parse(psk);
        int asked = config.option(WireguardOptions.KEEPALIVE);
        this.keepalive = asked == 0 && isBehindNat() ? KEEPALIVE_BEHIND_NAT : asked;
        int outer = config.option(WireguardOptions.MTU);
        int carried = outer == 0 ? underlay.mtu() : Math.min(outer, underlay.mtu());
        this.mtu = TunnelMtu.require(carried - WireguardOptions.OVERHEAD, config, underlay);
        for (Family family : config.pools().keySet()) {
            Family of = mode == Mode.SEPARATE ? family : Family.IPV4;
            Wireguard kind = new Wireguard(identity.secret(), port(of));
            byFamily.put(family, new Device(names.wireguard(of), kind, null, mtu));
        }
    }

    private int port(Family device) {
        return config.option(device == Family.IPV4 ? WireguardOptions.LISTEN_PORT : WireguardOptions.LISTEN_PORT_V6);
    }

    /// Others cannot begin a conversation with such a node unless it keeps the way open.
    private boolean isBehindNat() {
        return !underlay.publicIps().equals(underlay.addresses());
    }

    /// A single device has one port, whatever the family of its pods.
    @Override
    public Announcement announcement() {
        Map<Family, String> data = new EnumMap<>(Family.class);
        byFamily.forEach((family, device) -> data.put(
                family,
                new WireguardData(identity.publicKey(), wireguard(device).port()).json()));
        return new Announcement(underlay.publicIps(), config.type().title(), data);
    }

    private static Wireguard wireguard(Device device) {
        return (Wireguard) device.kind();
    }

    @Override
    public int mtu() {
        return mtu;
    }

    @Override
    public List<Device> devices() {
        Map<String, Device> byName = new LinkedHashMap<>();
        byFamily.values().forEach(device -> byName.put(device.name(), device));
        return List.copyOf(byName.values());
    }

    @Override
    public Set<String> deviceNames() {
        return byFamily.values().stream().map(Device::name).collect(Collectors.toSet());
    }

    @Override
    public Optional<Integer> port(Lease own) {
        return byFamily.values().stream()
                .map(device -> wireguard(device).port())
                .findFirst();
    }

    @Override
    public boolean asksForPaths() {
        return true;
    }

    /// The network's packets go to the device, as there is always a peer for them, or nobody. Where the host has
    /// something in that network, only those for peers do.
    @Override
    public List<KernelObject> objects(Lease own, KernelFacts kernel) {
        List<KernelObject> objects = new ArrayList<>();
        for (LeasedSubnet subnet : own.subnets()) {
            Family family = subnet.cidr().family();
            objects.add(new Address(index(family, kernel), subnet.cidr().address(), family.bits()));
            if (isAllPods(family, kernel)) {
                objects.add(Route.through(config.network(family), index(family, kernel)));
            }
        }
        return objects;
    }

    private boolean isAllPods(Family family, KernelFacts kernel) {
        return kernel.host().conflict(config.network(family)).isEmpty();
    }

    /// With one device, all of a node's pods are behind one address. Its data are those of its device, which Go flannel
    /// publishes for IPv4: for IPv6 it publishes a port that nobody listens at.
    @Override
    public Lease asReached(Lease peer) {
        if (mode == Mode.SEPARATE) {
            return peer;
        }
        Announcement announced = peer.announced();
        Map<Family, Ip> all = announced.publicIps();
        Family family = family(announced);
        Map<Family, Ip> reached = all.containsKey(family) ? Map.of(family, all.get(family)) : all;
        Map<Family, String> data = new EnumMap<>(Family.class);
        data.putAll(announced.backendData());
        announced.backendData(Family.IPV4).ifPresent(text -> data.put(Family.IPV6, text));
        return new Lease(peer.cidrs(), new Announcement(reached, announced.backendType(), data));
    }

    private Family family(Announcement peer) {
        return switch (mode) {
            case IPV4 -> Family.IPV4;
            case IPV6 -> Family.IPV6;
            case AUTO, SEPARATE -> {
                boolean v4 =
                        peer.publicIp(Family.IPV4).filter(ip -> !isPrivate(ip)).isPresent();
                boolean v6 =
                        peer.publicIp(Family.IPV6).filter(ip -> !isPrivate(ip)).isPresent();
                boolean own = Optional.ofNullable(underlay.publicIps().get(Family.IPV6))
                        .filter(ip -> !isPrivate(ip))
                        .isPresent();
                yield !v4 && v6 && own ? Family.IPV6 : Family.IPV4;
            }
        };
    }

    private static final List<Cidr> PRIVATE = List.of(
            Cidr.parse("10.0.0.0/8"),
            Cidr.parse("172.16.0.0/12"),
            Cidr.parse("192.168.0.0/16"),
            Cidr.parse("fc00::/7"));

    private static boolean isPrivate(Ip ip) {
        return PRIVATE.stream().anyMatch(block -> block.contains(ip));
    }

    @Override
    public Reach reach(LeasedSubnet peer, Lease own, KernelFacts kernel) {
        Cidr subnet = peer.cidr();
        int index = index(subnet.family(), kernel);
        WireguardData data = WireguardData.parse(peer.backendData() == null ? "{}" : peer.backendData());
        if (data.key().equals(identity.publicKey())) {
            throw new IllegalArgumentException("its PublicKey is this node's own");
        }
        int port = data.port() == 0 ? wireguard(byFamily.get(subnet.family())).port() : data.port();
        List<KernelObject> objects = new ArrayList<>();
        objects.add(new WireguardPeer(index, data.key(), preshared, peer.publicIp(), port, keepalive, Set.of(subnet)));
        int limit = limit(kernel.path(peer.publicIp()));
        if (limit > 0 || !isAllPods(subnet.family(), kernel)) {
            objects.add(Route.through(subnet, index).withMtu(limit));
        }
        return new Reach(objects, Optional.empty());
    }

    /// What fits through the tunnel to a peer, if that is less than the device carries; else 0.
    private int limit(Optional<PeerPath> path) {
        return path.map(it -> it.mtu() - WireguardOptions.OVERHEAD)
                .filter(fits -> fits > 0 && fits < mtu)
                .orElse(0);
    }

    private int index(Family family, KernelFacts kernel) {
        return kernel.devices().get(byFamily.get(family).name());
    }

    /// Everything on our devices except what the kernel puts there by itself, and our routes past them.
    @Override
    public Ownership ownership(KernelFacts kernel) {
        Set<Integer> indexes = new HashSet<>();
        deviceNames().forEach(name -> indexes.add(kernel.devices().get(name)));
        return Ownership.of(
                        indexes,
                        GatewayRoutes.marked(config)
                                .or(route -> indexes.contains(route.ifIndex()) && route.protocol() != Route.KERNEL))
                .withWireguard(indexes);
    }
}
