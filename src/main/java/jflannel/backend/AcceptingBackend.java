package jflannel.backend;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.json.Json;
import jflannel.kernel.Device;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Ownership;
import jflannel.lease.Announcement;
import jflannel.lease.BackendType;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;

/// The wireguard backend while nodes go over from vxlan to it, or back, one after the other. The node has the devices
/// of both. It publishes what a node of vxlan does, and its key besides: whoever knows what to do with the key uses
/// WireGuard, and whoever does not, Go flannel too, reaches it as before. So does it with the others.
///
/// A peer that has learned of the key sends to one device while this node, which has not learned of the peer's, still
/// sends to the other: both receive.
record AcceptingBackend(WireguardBackend wireguard, VxlanBackend vxlan) implements Backend {
    @Override
    public Announcement announcement() {
        Announcement there = vxlan.announcement();
        Map<Family, String> data = new EnumMap<>(Family.class);
        wireguard.announcement().backendData().forEach((family, own) -> {
            Map<String, Object> all = new TreeMap<>(Json.object(own));
            there.backendData(family).ifPresent(text -> all.putAll(Json.object(text)));
            data.put(family, Json.compact(all));
        });
        return new Announcement(there.publicIps(), BackendType.VXLAN.title(), data);
    }

    @Override
    public int mtu() {
        return Math.min(wireguard.mtu(), vxlan.mtu());
    }

    @Override
    public List<Device> devices() {
        return Stream.concat(wireguard.devices().stream(), vxlan.devices().stream())
                .toList();
    }

    @Override
    public Set<String> deviceNames() {
        return devices().stream().map(Device::name).collect(Collectors.toSet());
    }

    @Override
    public Optional<Integer> port(Lease own) {
        return wireguard.port(own);
    }

    @Override
    public boolean asksForPaths() {
        return true;
    }

    @Override
    public List<KernelObject> objects(Lease own, KernelFacts kernel) {
        return Stream.concat(wireguard.objects(own, kernel).stream(), vxlan.objects(own, kernel).stream())
                .toList();
    }

    @Override
    public Lease asReached(Lease peer) {
        boolean withKey = peer.subnets().stream().anyMatch(WireguardData::isIn);
        return withKey ? wireguard.asReached(peer) : peer;
    }

    @Override
    public Reach reach(LeasedSubnet peer, Lease own, KernelFacts kernel) {
        return WireguardData.isIn(peer) ? wireguard.reach(peer, own, kernel) : vxlan.reach(peer, own, kernel);
    }

    @Override
    public Ownership ownership(KernelFacts kernel) {
        Set<Integer> indexes = new HashSet<>();
        wireguard.deviceNames().forEach(name -> indexes.add(kernel.devices().get(name)));
        return vxlan.ownership(kernel).withWireguard(indexes);
    }

    /// That whose packets the kernel unwraps no matter who sent them.
    @Override
    public Optional<Tunnel> tunnel() {
        return vxlan.tunnel().map(Tunnel::besideOthers);
    }
}
