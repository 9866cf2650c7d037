package jflannel.trace;

import java.io.IOException;
import java.util.Optional;
import jflannel.foreign.Packet;
import jflannel.ip.Ip;
import jflannel.kernel.Link;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmPolicy.Direction;
import jflannel.kernel.XfrmState;

/// How IPsec encrypts a packet: a policy names the tunnel, and there are keys for it, or there are none.
final class IpsecHops {
    private static final int ESP = 50;
    private static final int NAT_PORT = 4500;

    private final Journey journey;
    private final UnderlayHops underlay;

    IpsecHops(Journey journey, UnderlayHops underlay) {
        this.journey = journey;
        this.underlay = underlay;
    }

    /// The other way: a policy must want what has arrived, and there must be keys to decrypt it.
    static boolean arrive(Journey journey, Link device, Ip host) throws IOException {
        Packet packet = journey.packet;
        boolean wanted = journey.view.policies().stream()
                .anyMatch(it -> it.direction() != Direction.OUT
                        && it.from().equals(host)
                        && it.source().contains(packet.source())
                        && it.destination().contains(packet.destination()));
        Optional<XfrmState> keys = journey.view.securityAssociations().stream()
                .filter(it -> it.from().equals(host) && it.reqid() == XfrmPolicy.OURS)
                .findFirst();
        Hop hop = journey.hop(Step.TUNNEL, device.name(), "IPsec decrypts it")
                .because(keys.map(XfrmState::toString).orElse(""));
        if (keys.isEmpty()) {
            return journey.add(hop.broken("the kernel has no keys to decrypt packets of " + host, ""));
        }
        return journey.add(
                wanted ? hop : hop.broken("no policy lets packets of %s in that were encrypted".formatted(host), ""));
    }

    /// @param device that drops what is not encrypted
    boolean pass(Link device) throws IOException {
        Packet packet = journey.packet;
        Optional<XfrmPolicy> policy = journey.view.policies().stream()
                .filter(it -> it.direction() == Direction.OUT)
                .filter(it -> it.source().contains(packet.source())
                        && it.destination().contains(packet.destination()))
                .findFirst();
        Hop hop =
                journey.hop(Step.TUNNEL, device.name(), "IPsec's policies, before the packet gets to " + device.name());
        if (policy.isEmpty()) {
            journey.add(hop.broken(
                    "no policy encrypts packets from %s to %s, so %s drops it"
                            .formatted(packet.source(), packet.destination(), device.name()),
                    journey.cluster.running()
                            ? "Wait for flanneld to put it right, or see its log"
                            : "Start flanneld"));
            return false;
        }
        XfrmPolicy found = policy.get();
        Optional<XfrmState> keys = journey.view.securityAssociations().stream()
                .filter(it ->
                        it.from().equals(found.from()) && it.to().equals(found.to()) && it.reqid() == found.reqid())
                .findFirst();
        hop = hop.because(found.toString(), keys.map(XfrmState::toString).orElse(""));
        if (keys.isEmpty()) {
            journey.add(hop.broken(
                    "the kernel has no keys from %s to %s, so it drops the packet".formatted(found.from(), found.to()),
                    "See flannel status, or what charon says; UDP ports 500 and 4500 have to pass between the hosts"));
            return false;
        }
        boolean inUdp = keys.get().inUdp();
        return journey.add(hop)
                && underlay.passTunnel(new UnderlayHops.Outer(
                        found.from(),
                        found.to(),
                        inUdp ? Packet.UDP : ESP,
                        inUdp ? NAT_PORT : 0,
                        inUdp ? NAT_PORT : 0,
                        "ESP 0x%08x".formatted(keys.get().spi()),
                        device,
                        0, // the device's MTU leaves room for the most that ESP adds
                        true,
                        ""));
    }
}
