package jflannel.lab.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.kernel.Link;
import jflannel.kernel.Plan;
import jflannel.kernel.RouteSocket;
import jflannel.kernel.WireguardDevices;
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.WireguardState;
import jflannel.lab.LabNode;
import jflannel.lab.Scenario;
import jflannel.names.Names;

/// The subnets of other nodes to which a node's kernel can send: it has routes to them, or peers of WireGuard.
final class PeerSubnets {
    private PeerSubnets() {}

    static List<String> of(LabNode node, Scenario scenario) throws IOException {
        if (scenario == Scenario.WIREGUARD) {
            return peers(node).stream()
                    .flatMap(peer -> peer.networks().stream())
                    .map(Cidr::toString)
                    .toList();
        }
        String routes = node.host()
                .attempt(
                        "sh",
                        "-c",
                        "ip route show proto %1$s; ip -6 route show proto %1$s".formatted(scenario.routeProtocol()))
                .output();
        return routes.lines().map(line -> line.split(" ")[0]).toList();
    }

    /// Of all WireGuard devices, as the kernel has them.
    static List<WireguardPeer> peers(LabNode node) throws IOException {
        return node.host().call(() -> {
            List<WireguardPeer> peers = new ArrayList<>();
            try (RouteSocket kernel = new RouteSocket();
                    WireguardDevices devices = new WireguardDevices()) {
                for (Family family : Family.values()) {
                    Link link = kernel.link(Names.DEFAULT.wireguard(family)).orElse(null);
                    if (link != null) {
                        devices.read(link.index()).peers().stream()
                                .map(WireguardState.Peer::settings)
                                .forEach(peers::add);
                    }
                }
            }
            return peers;
        });
    }

    /// Removes all WireGuard peers, as somebody might with `wg`.
    static void removePeers(LabNode node) throws IOException {
        List<WireguardPeer> peers = peers(node);
        node.host().call(() -> {
            try (RouteSocket kernel = new RouteSocket()) {
                return kernel.apply(Plan.of(peers.stream()
                        .map(peer -> new Plan.Change(Plan.Verb.DELETE, peer))
                        .toArray(Plan.Change[]::new)));
            }
        });
    }
}
