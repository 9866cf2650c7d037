package jflannel.doctor;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.control.PodWays;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.PolicyRule;
import jflannel.underlay.HostNetworks;

/// What the kernel says of the packets' ways, and what this host has beside the network.
///
/// @param host this host's own networks and addresses
/// @param podDetour what happens to pods' packets instead of what the routes say; empty if nothing does
/// @param refusing rules of ip-rule(8) that end packets, whatever their mark
/// @param withoutMain families whose rules never lead to the main table
/// @param tunnelDetours what happens to packets to other nodes' hosts, a few of them
/// @param narrow which peers have a smaller path MTU, in words; empty if none has
/// @param unanswered packets that the kernel drops because it would answer them by another device (rp_filter)
public record Surroundings(
        HostNetworks host,
        Optional<PodWays.Detour> podDetour,
        List<PolicyRule> refusing,
        Set<Family> withoutMain,
        List<TunnelDetour> tunnelDetours,
        Optional<String> narrow,
        List<Unanswered> unanswered) {
    static final Surroundings NONE = new Surroundings(
            HostNetworks.NONE, Optional.empty(), List.of(), Set.of(), List.of(), Optional.empty(), List.of());

    public Surroundings {
        refusing = List.copyOf(refusing);
        withoutMain = Set.copyOf(withoutMain);
        tunnelDetours = List.copyOf(tunnelDetours);
        unanswered = List.copyOf(unanswered);
    }

    /// @param what the kernel does with the packets
    /// @param question the command that asks the same
    /// @param lost true if the packets are not sent at all
    public record TunnelDetour(Ip peer, String what, String question, boolean lost) {}

    /// @param device that the packets arrive by
    public record Unanswered(String device, Ip source, Ip destination) {}
}
