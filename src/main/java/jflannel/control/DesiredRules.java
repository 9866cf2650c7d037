package jflannel.control;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.backend.Tunnel;
import jflannel.firewall.DesiredPeerFilter;
import jflannel.firewall.FirewallConfig;
import jflannel.firewall.PeerFilterConfig;
import jflannel.foreign.Traffic;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.options.Options;
import jflannel.underlay.Underlay;

/// What an overlay asks of the firewall, for the keepers of its parts.
record DesiredRules(Overlay overlay, Node.View view, Options options) {
    FirewallConfig firewall() {
        return overlay.firewall(view.own(), options);
    }

    DesiredPeerFilter peerFilter() {
        Optional<Tunnel> tunnel = PeerFilters.areWanted(overlay.network(), options)
                ? overlay.backend().tunnel()
                : Optional.empty();
        return tunnel.<DesiredPeerFilter>map(it -> new PeerFilterConfig(
                        it.packets(),
                        it.devices(),
                        networks(),
                        subnets(),
                        it.onlyWay(),
                        view.peers().copyOfHosts(),
                        view.confirmed(),
                        door()))
                .orElse(DesiredPeerFilter.UNWANTED);
    }

    Traffic traffic() {
        return PodTraffic.of(overlay, view.own(), view.peers(), options.firewall);
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
        return PodTraffic.networks(overlay.network());
    }

    private Map<Family, Cidr> subnets() {
        return PodTraffic.subnets(view.own());
    }
}
