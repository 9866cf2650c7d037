package jflannel.control;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.backend.Backend;
import jflannel.foreign.Traffic;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.TunnelPackets;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.options.Options;
import jflannel.underlay.Underlay;

/// The traffic of an overlay, as rules of other programs see it.
public final class PodTraffic {
    /// How many peers' packets to send through the rules of others, in thought.
    private static final int SAMPLES = 4;

    private PodTraffic() {}

    /// @param own this node's lease
    /// @param peers those of other nodes
    /// @param rules what flags say about our own rules
    public static Traffic of(Overlay overlay, Lease own, Peers peers, Options.Firewall rules) {
        Underlay underlay = overlay.underlay();
        List<Ip> samples = peers.hosts().stream().limit(SAMPLES).toList();
        return new Traffic(
                networks(overlay.network()),
                subnets(own),
                peers.leases().stream().findFirst().map(PodTraffic::subnets).orElse(Map.of()),
                podDevices(overlay),
                devices(underlay),
                underlay.addresses(),
                samples,
                tunnels(overlay.backend(), own),
                overlay.network().nftables(),
                rules.masquerade,
                rules.forward);
    }

    private static List<Traffic.Outer> tunnels(Backend backend, Lease own) {
        if (backend.tunnel().isPresent()
                && backend.tunnel().get().packets() instanceof TunnelPackets.InIp(Set<Integer> protocols)) {
            return protocols.stream()
                    .map(protocol -> new Traffic.Outer(protocol, 0))
                    .toList();
        }
        return backend.port(own).map(Traffic.Outer::udp).stream().toList();
    }

    /// By which device pods of other nodes are reached, as far as there is one for all.
    private static Map<Family, String> podDevices(Overlay overlay) {
        Backend backend = overlay.backend();
        if (backend.tunnel().isPresent()) {
            return backend.tunnel().get().devices();
        }
        Optional<String> own = backend.deviceNames().stream().findFirst();
        Map<Family, String> uplinks = devices(overlay.underlay());
        return overlay.network().pools().keySet().stream()
                .collect(Collectors.toMap(
                        family -> family,
                        family -> own.orElseGet(() ->
                                uplinks.getOrDefault(family, overlay.underlay().device()))));
    }

    private static Map<Family, String> devices(Underlay underlay) {
        return underlay.uplinks().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().device()));
    }

    static Map<Family, Cidr> networks(NetworkConfig network) {
        return network.pools().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().network()));
    }

    static Map<Family, Cidr> subnets(Lease own) {
        return own.subnets().stream()
                .collect(Collectors.toMap(subnet -> subnet.cidr().family(), LeasedSubnet::cidr));
    }
}
