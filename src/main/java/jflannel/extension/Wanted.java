package jflannel.extension;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jflannel.backend.ExtensionData;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Lease;
import jflannel.lease.LeasedSubnet;
import jflannel.lease.NetworkConfig;
import jflannel.lease.SubnetKey;

/// What the commands should have brought about.
///
/// @param node what the command after the start gets to know
/// @param peers by their subnets
/// @param complete these are all peers; otherwise the store has not listed all leases, and nobody is removed
public record Wanted(Commands commands, Map<String, String> node, Map<String, Peer> peers, boolean complete) {
    public Wanted {
        node = Map.copyOf(node);
        peers = Map.copyOf(peers);
    }

    /// What a command for a peer gets to know.
    ///
    /// @param input what the peer published
    record Peer(Map<String, String> variables, String input) {
        Peer {
            variables = Map.copyOf(variables);
        }
    }

    /// @param others leases that can be used
    public static Wanted of(NetworkConfig network, Lease own, Collection<Lease> others, boolean complete) {
        Commands commands = Commands.of(network);
        if (commands.equals(Commands.NONE)) {
            return new Wanted(commands, Map.of(), Map.of(), complete);
        }
        Map<String, String> node = variables(own);
        network.networks().forEach((family, cidr) -> node.put(prefix(family) + "NETWORK", cidr.toString()));
        Map<String, Peer> peers = HashMap.newHashMap(others.size());
        for (Lease lease : others) {
            peers.put(SubnetKey.format(lease.cidrs()), new Peer(variables(lease), input(lease)));
        }
        return new Wanted(commands, node, peers, complete);
    }

    private static Map<String, String> variables(Lease lease) {
        Map<String, String> variables = new TreeMap<>();
        for (Cidr cidr : lease.cidrs()) {
            variables.put(prefix(cidr.family()) + "SUBNET", cidr.toString());
        }
        Optional<Ip> v4 = lease.announced().publicIp(Family.IPV4);
        v4.ifPresent(ip -> variables.put("PUBLIC_IP", ip.toString()));
        lease.announced().publicIp(Family.IPV6).ifPresent(ip -> variables.put("PUBLIC_IPV6", ip.toString()));
        return variables;
    }

    private static String prefix(Family family) {
        return family == Family.IPV4 ? "" : "IPV6";
    }

    private static String input(Lease lease) {
        for (LeasedSubnet subnet : lease.subnets()) {
            String published = ExtensionData.parse(subnet.backendData());
            if (!published.isEmpty()) {
                return published;
            }
        }
        return "";
    }

    Task postStartup() {
        return new Task(commands.postStartup(), node, "");
    }
}
