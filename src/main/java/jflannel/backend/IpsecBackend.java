package jflannel.backend;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ipsec.Credentials;
import jflannel.ipsec.IkeSettings;
import jflannel.kernel.Address;
import jflannel.kernel.Device;
import jflannel.kernel.Dummy;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmPolicy.Direction;
import jflannel.lease.Announcement;
import jflannel.lease.EspProposal;
import jflannel.lease.IpsecKeys;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;

/// Encrypts packets between the nodes, in the kernel: no packet enters this process. For each peer:
///
///     out  10.5.1.0/24 to 10.5.2.0/24 by 192.0.2.1 to 192.0.2.2    what leaves must be encrypted
///     in   10.5.2.0/24 to 10.5.1.0/24 by 192.0.2.2 to 192.0.2.1    what arrives must have been
///     fwd  the same, for packets to pods
///     10.5.2.0/24 dev flannelx                                     route
///
/// The kernel asks the policies when it has found a route, and the device of the route drops packets. So one that no
/// policy encrypts, because it was deleted or not yet made, goes nowhere: no packet for a pod leaves in clear. The
/// device also has this node's address among the pods, by which its own packets to pods match the policies.
///
/// charon negotiates the keys, one connection for each outgoing policy: see [#ike].
final class IpsecBackend implements Backend {
    private final NetworkConfig config;
    private final Underlay underlay;
    private final EspProposal proposal;
    private final boolean inUdp;
    private final Device device;

    IpsecBackend(NetworkConfig config, Names names, Underlay underlay) {
        this.config = config;
        this.underlay = underlay;
        this.proposal = EspProposal.parse(config.option(IpsecKeys.ESP_PROPOSAL));
        this.inUdp = config.option(IpsecKeys.UDP_ENCAP);
        int mtu = underlay.uplinks().entrySet().stream()
                .mapToInt(uplink -> uplink.getValue().mtu() - proposal.overhead(uplink.getKey(), inUdp))
                .min()
                .orElseThrow();
        this.device = new Device(names.dropping(), new Dummy(), null, TunnelMtu.require(mtu, config, underlay));
    }

    @Override
    public Announcement announcement() {
        return new Announcement(underlay.publicIps(), config.type().title(), Map.of());
    }

    @Override
    public int mtu() {
        return device.mtu();
    }

    @Override
    public List<Device> devices() {
        return List.of(device);
    }

    @Override
    public boolean asksForPaths() {
        return true;
    }

    @Override
    public List<KernelObject> objects(Lease own, KernelFacts kernel) {
        List<KernelObject> objects = new ArrayList<>();
        for (Cidr subnet : own.cidrs()) {
            objects.add(
                    new Address(index(kernel), subnet.address(), subnet.family().bits()));
        }
        return objects;
    }

    @Override
    public Reach reach(LeasedSubnet peer, Lease own, KernelFacts kernel) {
        Family outer = peer.publicIp().family();
        Ip local = underlay.addresses().get(outer);
        if (local == null) {
            throw new IllegalArgumentException("this node has no address to send to " + peer.publicIp() + " from");
        }
        List<KernelObject> objects = new ArrayList<>();
        for (Cidr subnet : own.cidrs()) {
            if (subnet.family() == peer.cidr().family()) {
                objects.addAll(policies(subnet, local, peer));
            }
        }
        int limit = kernel.path(peer.publicIp())
                .map(PeerPath::mtu)
                .map(mtu -> mtu - proposal.overhead(outer, inUdp))
                .filter(mtu -> mtu > 0 && mtu < device.mtu())
                .orElse(0);
        objects.add(Route.through(peer.cidr(), index(kernel)).withMtu(limit));
        return new Reach(objects, Optional.empty());
    }

    private static List<XfrmPolicy> policies(Cidr own, Ip local, LeasedSubnet peer) {
        int keys = XfrmPolicy.OURS;
        return List.of(
                new XfrmPolicy(Direction.OUT, own, peer.cidr(), local, peer.publicIp(), keys),
                new XfrmPolicy(Direction.IN, peer.cidr(), own, peer.publicIp(), local, keys),
                new XfrmPolicy(Direction.FWD, peer.cidr(), own, peer.publicIp(), local, keys));
    }

    /// True for policies between pods' networks with flannel's number: Go flannel's too.
    static boolean isOurs(XfrmPolicy policy, Collection<Cidr> networks) {
        return policy.reqid() == XfrmPolicy.OURS
                && networks.stream().anyMatch(network -> network.contains(policy.source()))
                && networks.stream().anyMatch(network -> network.contains(policy.destination()));
    }

    @Override
    public Ownership ownership(KernelFacts kernel) {
        int index = index(kernel);
        return Ownership.of(
                        Set.of(index),
                        GatewayRoutes.marked(config)
                                .or(route -> route.ifIndex() == index && route.protocol() != Route.KERNEL))
                .withPolicies(policy -> isOurs(policy, config.networks().values()));
    }

    private int index(KernelFacts kernel) {
        return kernel.devices().get(device.name());
    }

    @Override
    public Set<String> deviceNames() {
        return Set.of(device.name());
    }

    @Override
    public Optional<IkeSettings> ike() {
        return Optional.of(new IkeSettings(underlay.publicIps(), Credentials.of(config), proposal.text(), inUdp));
    }
}
