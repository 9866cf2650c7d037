package jflannel.control;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.backend.Backend;
import jflannel.backend.Tunnel;
import jflannel.firewall.DesiredPeerFilter;
import jflannel.firewall.FirewallConfig;
import jflannel.firewall.PeerFilterConfig;
import jflannel.foreign.Traffic;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.LeasedSubnet;
import jflannel.options.Options;
import jflannel.underlay.Underlay;

/// What an overlay asks of the firewall, for the keepers of its parts.
record DesiredRules(Overlay overlay, Node.View view, Options options) {
    /// How many peers' packets to send through the rules of others, in thought.
    private static final int SAMPLES = 4;

    FirewallConfig firewall() {
        Map<Family, Cidr> subnets = subnets();
        Map<Family, Cidr> networks = networks();
        networks.keySet().retainAll(subnets.keySet()); // Kubernetes may give a node a part of one of two networks
        return new FirewallConfig(
                overlay.network().nftables(),
                networks,
                subnets,
                options.firewall.masquerade,
                options.firewall.forward,
                !options.firewall.plainPorts);
    }

    DesiredPeerFilter peerFilter() {
        Optional<Tunnel> tunnel = PeerFilters.areWanted(overlay.network(), options)
                ? overlay.backend().tunnel()
                : Optional.empty();
        return tunnel.<DesiredPeerFilter>map(it -> new PeerFilterConfig(
                        it.port(),
                        it.vni(),
                        it.devices(),
                        networks(),
                        subnets(),
                        it.onlyWay(),
                        Set.copyOf(view.peers().hosts()),
                        view.confirmed(),
                        door()))
                .orElse(DesiredPeerFilter.UNWANTED);
    }

    Traffic traffic() {
        Underlay underlay = overlay.underlay();
        List<Ip> peers = view.peers().hosts().stream().limit(SAMPLES).toList();
        return new Traffic(
                networks(),
                subnets(),
                podDevices(),
                devices(underlay),
                underlay.addresses(),
                peers,
                tunnelPort(),
                overlay.network().nftables());
    }

    /// By which device pods of other nodes are reached, as far as there is one for all.
    private Map<Family, String> podDevices() {
        Backend backend = overlay.backend();
        if (backend.tunnel().isPresent()) {
            return backend.tunnel().get().devices();
        }
        Optional<String> own = backend.deviceNames().stream().findFirst();
        Map<Family, String> uplinks = devices(overlay.underlay());
        return networks().keySet().stream()
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

    private Optional<Integer> tunnelPort() {
        return overlay.backend().port(view.own());
    }

    private Optional<PeerFilterConfig.Door> door() {
        Underlay underlay = overlay.underlay();
        Set<Ip> addresses = new HashSet<>(underlay.addresses().values());
        addresses.addAll(underlay.publicIps().values());
        return options.firewall.listenOnUnderlay
                ? Optional.of(new PeerFilterConfig.Door(underlay.devices(), addresses))
                : Optional.empty();
    }

    private Map<Family, Cidr> networks() {
        return overlay.network().pools().entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().network()));
    }

    private Map<Family, Cidr> subnets() {
        return view.own().subnets().stream()
                .collect(Collectors.toMap(subnet -> subnet.cidr().family(), LeasedSubnet::cidr));
    }
}
