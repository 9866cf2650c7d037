package jflannel.doctor;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.control.PodWays;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ipsec.Charon;
import jflannel.ipsec.SecurityAssociation;
import jflannel.kernel.PolicyRule;
import jflannel.kernel.WireguardState;
import jflannel.underlay.HostNetworks;

/// What the kernel says of the packets' ways, and what this host has beside the network.
///
/// @param host this host's own networks and addresses
/// @param podDetour what happens to pods' packets instead of what the routes say; empty if nothing does
/// @param refusing rules of ip-rule(8) that end packets, whatever their mark
/// @param withoutMain families whose rules never lead to the main table
/// @param tunnelDetours what happens to packets to other nodes' hosts, a few of them
/// @param narrow which peers have a smaller path MTU, in words; empty if none has
/// @param ike charon, where packets are encrypted
/// @param wireguard the peers of this network's WireGuard devices
/// @param unanswered packets that the kernel drops because it would answer them by another device (rp_filter)
public record Surroundings(
        HostNetworks host,
        Optional<PodWays.Detour> podDetour,
        List<PolicyRule> refusing,
        Set<Family> withoutMain,
        List<TunnelDetour> tunnelDetours,
        Optional<String> narrow,
        Ike ike,
        List<WireguardState.Peer> wireguard,
        List<Unanswered> unanswered) {
    static final Surroundings NONE = new Surroundings(
            HostNetworks.NONE,
            Optional.empty(),
            List.of(),
            Set.of(),
            List.of(),
            Optional.empty(),
            Ike.NONE,
            List.of(),
            List.of());

    public Surroundings {
        refusing = List.copyOf(refusing);
        withoutMain = Set.copyOf(withoutMain);
        tunnelDetours = List.copyOf(tunnelDetours);
        wireguard = List.copyOf(wireguard);
        unanswered = List.copyOf(unanswered);
    }

    /// @param what the kernel does with the packets
    /// @param question the command that asks the same
    /// @param lost true if the packets are not sent at all
    /// @param remedy a command that ends it, or "" if it is for a rule of ip-rule(8) to be deleted
    public record TunnelDetour(Ip peer, String what, String question, boolean lost, String remedy) {}

    /// The daemon that negotiates IPsec's keys.
    ///
    /// @param socket where flannel's listens, if it runs
    /// @param answers true if it does
    /// @param withKeys the peers' subnets that it has keys for
    public record Ike(String socket, boolean installed, boolean answers, Set<Cidr> withKeys) {
        static final Ike NONE = new Ike("", false, false, Set.of());

        static Ike look(Path socket) {
            Optional<Map<Cidr, SecurityAssociation>> keys = SecurityAssociation.read(socket);
            return new Ike(
                    socket.toString(),
                    Charon.program().isPresent(),
                    keys.isPresent(),
                    keys.map(Map::keySet).orElse(Set.of()));
        }
    }

    /// @param device that the packets arrive by
    public record Unanswered(String device, Ip source, Ip destination) {}
}
