package jflannel.lab;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import jflannel.ip.Family;
import jflannel.lease.ConfigException;

/// Describes a [Lab].
///
/// @param nodes how many; each has one pod
/// @param families in use, IPv4 first
/// @param nftables use nftables instead of iptables
/// @param keep processes survive this one, until `flannel lab down`
/// @param flanneld the program to run on a node, by node number, where it is not the one of this build
/// @param flags for flanneld on every node, after the lab's own
/// @param environment further variables for flanneld on every node
/// @param reserved node k gets subnet k, through a reservation in the store; otherwise flanneld chooses
/// @param config the network configuration as JSON, or null for that of the scenario
public record LabSetup(
        Scenario scenario,
        int nodes,
        Set<Family> families,
        boolean nftables,
        boolean keep,
        Map<Integer, Path> flanneld,
        List<String> flags,
        Map<String, String> environment,
        boolean reserved,
        String config) {
    public LabSetup {
        if (nodes < 1 || nodes > LabAddresses.MOST_NODES) {
            throw new ConfigException(
                    "--nodes", nodes, "Give a number from 1 to %d.".formatted(LabAddresses.MOST_NODES));
        }
        for (int node : flanneld.keySet()) {
            if (node < 1 || node > nodes) {
                throw new ConfigException("--flanneld", node, "Nodes are numbered from 1 to %d.".formatted(nodes));
            }
        }
        families = new TreeSet<>(families);
        flanneld = Map.copyOf(flanneld);
        flags = List.copyOf(flags);
        environment = Map.copyOf(environment);
    }

    /// Two nodes, IPv4, iptables, subnets reserved, nothing kept.
    public static LabSetup of(Scenario scenario) {
        return new LabSetup(
                scenario,
                2,
                EnumSet.of(Family.IPV4),
                false,
                false,
                Map.of(),
                List.of("--ip-masq"),
                Map.of(),
                true,
                null);
    }

    public LabSetup withNodes(int count) {
        return new LabSetup(scenario, count, families, nftables, keep, flanneld, flags, environment, reserved, config);
    }

    public LabSetup withFamilies(Set<Family> inUse) {
        return new LabSetup(scenario, nodes, inUse, nftables, keep, flanneld, flags, environment, reserved, config);
    }

    public LabSetup withNftables(boolean instead) {
        return new LabSetup(scenario, nodes, families, instead, keep, flanneld, flags, environment, reserved, config);
    }

    LabSetup withKeep(boolean surviving) {
        return new LabSetup(
                scenario, nodes, families, nftables, surviving, flanneld, flags, environment, reserved, config);
    }

    /// @param program what node `node` runs instead of this build's flanneld
    public LabSetup withFlanneld(int node, Path program) {
        Map<Integer, Path> programs = new HashMap<>(flanneld);
        programs.put(node, program);
        return new LabSetup(scenario, nodes, families, nftables, keep, programs, flags, environment, reserved, config);
    }

    /// @param more flags for flanneld on every node
    public LabSetup withFlags(String... more) {
        List<String> all = new ArrayList<>(flags);
        all.addAll(List.of(more));
        return new LabSetup(scenario, nodes, families, nftables, keep, flanneld, all, environment, reserved, config);
    }

    /// @param variables of flanneld's environment, on every node; no other `FLANNELD_…` are set
    public LabSetup withEnvironment(Map<String, String> variables) {
        return new LabSetup(scenario, nodes, families, nftables, keep, flanneld, flags, variables, reserved, config);
    }

    /// @param yes false lets flanneld choose the subnets, as in a cluster where nothing is reserved
    public LabSetup withReservations(boolean yes) {
        return new LabSetup(scenario, nodes, families, nftables, keep, flanneld, flags, environment, yes, config);
    }

    /// @param json replaces the scenario's network configuration
    public LabSetup withConfig(String json) {
        return new LabSetup(scenario, nodes, families, nftables, keep, flanneld, flags, environment, reserved, json);
    }

    /// The JSON for `<prefix>/config`.
    String networkConfig() {
        if (config != null) {
            return config;
        }
        return networkConfig(scenario.backend());
    }

    /// The same with another value of `Backend` than the scenario's.
    public String networkConfig(String backend) {
        List<String> fields = new ArrayList<>();
        if (families.contains(Family.IPV4)) {
            fields.add("\"Network\":\"" + LabAddresses.network(Family.IPV4) + "\"");
        } else {
            fields.add("\"EnableIPv4\":false");
        }
        if (families.contains(Family.IPV6)) {
            fields.add("\"EnableIPv6\":true,\"IPv6Network\":\"" + LabAddresses.network(Family.IPV6) + "\"");
        }
        if (nftables) {
            fields.add("\"EnableNFTables\":true");
        }
        fields.add("\"Backend\":" + backend);
        return "{" + String.join(",", fields) + "}";
    }
}
