package jflannel.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jflannel.capture.CapturedPacket;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// The path of one ping, device by device, with what was seen on each.
///
/// @param observations in the order in which the request passes
record PathTrace(Ip from, Ip to, List<Observation> observations) {

    /// A device that a packet passes.
    record Hop(String host, String device) {
        @Override
        public String toString() {
            return device + " on " + host;
        }
    }

    /// What was seen on a device; null for what was not.
    record Observation(Hop hop, CapturedPacket request, CapturedPacket reply) {}

    /// Where a ping was lost.
    ///
    /// @param reply false if the request was lost already
    /// @param hop the first device on the path where it was not seen
    record Loss(boolean reply, Hop hop) {
        @Override
        public String toString() {
            return "the echo %s was not seen on %s".formatted(reply ? "reply" : "request", hop);
        }
    }

    PathTrace {
        observations = List.copyOf(observations);
    }

    /// The devices between the pods of two nodes.
    static List<Hop> way(Scenario scenario, LabNode from, LabNode to, Family family) {
        List<Hop> way = new ArrayList<>(leaving(scenario, from, family));
        if (scenario.routedByCloud()) {
            way.add(new Hop("router", "sw0"));
        }
        way.addAll(leaving(scenario, to, family).reversed());
        return way;
    }

    private static List<Hop> leaving(Scenario scenario, LabNode node, Family family) {
        String host = node.host().name();
        List<Hop> hops = new ArrayList<>(List.of(
                new Hop(node.pod().name(), "eth0"), new Hop(host, node.podDevice()), new Hop(host, LabNode.BRIDGE)));
        scenario.tunnel(family).ifPresent(tunnel -> hops.add(new Hop(host, tunnel)));
        hops.add(new Hop(host, LabNode.UNDERLAY));
        return hops;
    }

    /// Picks the ping's packets among those seen on a device.
    static Observation observation(Hop hop, List<CapturedPacket> seen, Ip from, Ip to) {
        return new Observation(hop, first(seen, false, from, to), first(seen, true, to, from));
    }

    private static CapturedPacket first(List<CapturedPacket> seen, boolean reply, Ip source, Ip destination) {
        return seen.stream()
                .filter(packet -> packet.carriesEcho(reply, source, destination))
                .findFirst()
                .orElse(null);
    }

    /// The first place where a packet was missing, following the request there and the reply back.
    Optional<Loss> loss() {
        return observations.stream()
                .filter(observation -> observation.request == null)
                .findFirst()
                .map(observation -> new Loss(false, observation.hop))
                .or(() -> observations.reversed().stream()
                        .filter(observation -> observation.reply == null)
                        .findFirst()
                        .map(observation -> new Loss(true, observation.hop)));
    }
}
