package jflannel.lab.faults;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import jflannel.lab.LabHost;
import jflannel.lab.LabNode;
import jflannel.linux.Command;

/// The state of the nodes at one moment: everything of flannel in their kernels, the file that it writes, and the
/// things that [LabCluster#placeForeign] made.
///
/// @param lines by the node's name
record NodeSnapshot(Map<String, List<String>> lines) {
    /// Without counters of firewall rules, which change all the time, and empty tables that iptables leaves in
    /// nftables.
    private static final String STATE = """
            (ip route; ip -6 route; ip -o addr show; ip neigh show nud permanent; ip -6 neigh show nud permanent
            bridge fdb show | grep ' dst ' || :; ip -o link show type vxlan; ip -o xfrm policy) \
            | grep -E 'flannel|proto (102|static)|reqid 11' | grep -v fe80: | sed -E 's/^[0-9]+: //; s/ +valid_lft.*//; s/qlen [0-9]+//' | sort
            iptables-save | grep -E 'FLANNEL|198.51.100'; ip6tables-save | grep FLANNEL
            nft list ruleset | awk '/^table/ { named = / (flannel-|foreign)/ } named' | grep -v packets
            cat /run/flannel/subnet.env
            ip route show 10.99.0.0/16; ip -6 route show fd00:99::/48; ip neigh show 10.168.0.77
            """;

    /// @param router whose routes count too: it routes as a cloud's table says
    static NodeSnapshot of(List<LabNode> nodes, Optional<LabHost> router) throws IOException {
        Map<String, List<String>> lines = new TreeMap<>();
        if (router.isPresent()) {
            lines.put("router", router.get().sh("ip route; ip -6 route").lines().toList());
        }
        for (LabNode node : nodes) {
            Command.Result result = node.host().attempt("sh", "-c", STATE);
            lines.put(
                    node.host().name(),
                    Stream.concat((result.output() + result.errors()).lines(), peers(node))
                            .toList());
        }
        return new NodeSnapshot(lines);
    }

    /// Without their endpoints, which follow where a peer sends from.
    private static Stream<String> peers(LabNode node) throws IOException {
        return PeerSubnets.peers(node).stream()
                .map(peer -> "wireguard peer %s for %s".formatted(peer.publicKey(), new TreeSet<>(peer.networks())))
                .sorted();
    }

    /// The differences from an earlier snapshot, for people; empty if there are none.
    String differenceFrom(NodeSnapshot before) {
        StringBuilder difference = new StringBuilder();
        before.lines.forEach((node, was) -> {
            List<String> is = lines.get(node);
            was.stream()
                    .filter(line -> !is.contains(line))
                    .forEach(line -> difference.append("%s lacks: %s%n".formatted(node, line)));
            is.stream()
                    .filter(line -> !was.contains(line))
                    .forEach(line -> difference.append("%s has: %s%n".formatted(node, line)));
        });
        return difference.toString();
    }
}
