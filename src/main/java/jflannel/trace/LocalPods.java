package jflannel.trace;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import jflannel.foreign.Hook;
import jflannel.foreign.Packet;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.ForwardingEntry;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Link;
import jflannel.kernel.NeighborEntry;
import jflannel.kernel.Path;
import jflannel.kernel.RouteQuery;
import jflannel.lease.LeasedSubnet;
import jflannel.linux.Sysctl;

/// The pods of this node: how a packet leaves one, and how it gets to one.
final class LocalPods {
    private static final String BRIDGE = "bridge";

    private final Journey journey;
    private final RuleHops rules;

    LocalPods(Journey journey, RuleHops rules) {
        this.journey = journey;
        this.rules = rules;
    }

    /// The device by which a pod's packets arrive: its veth or the bridge of that, or else a bridge in whose network
    /// the pod's address is.
    Optional<Link> gate(Ip pod) throws IOException {
        Optional<Link> end = journey.view.pod(pod).map(it -> journey.links.get(it.otherEnd()));
        if (end.isPresent()) {
            return Optional.of(journey.links.getOrDefault(end.get().master(), end.get()));
        }
        return journey.view.addresses().stream()
                .map(InterfaceAddress::address)
                .filter(address ->
                        address.ip().family() == pod.family() && new Cidr(address.ip(), address.length()).contains(pod))
                .map(address -> journey.links.get(address.ifIndex()))
                .filter(link -> link != null && link.kind().equals(BRIDGE))
                .findFirst();
    }

    /// From the pod to the device where this node decides where the packet goes.
    ///
    /// @param gate that device: the pods' bridge, or the pod's veth
    /// @return true if it gets there
    boolean leave(Ip pod, Link gate) throws IOException {
        Optional<PodNamespace> namespace = journey.view.pod(pod);
        Optional<Link> port = port(pod, gate, namespace);
        String device = namespace.map(it -> it.device().name()).orElse("");
        Hop start = journey.hop(Step.POD, device, "the pod sends it")
                .because(namespace
                        .map(it -> it.path() + ": " + Journey.words(it.device()))
                        .orElse(""));
        if (!journey.add(start)) {
            return false;
        }
        if (gate.kind().equals(BRIDGE)) {
            if (port.isPresent() && !journey.add(device(port.get(), "the pod's veth, a port of " + gate.name()))) {
                return false;
            }
            return journey.add(bridge(gate, port, pod));
        }
        return journey.add(veth(gate, pod));
    }

    /// Without a bridge, the kernel answers a pod's packets by a route to it.
    private Hop veth(Link gate, Ip pod) throws IOException {
        Hop hop = device(gate, "the pod's veth");
        Path back = journey.view.path(RouteQuery.to(pod)).object();
        return hop.verdict() != Verdict.OK || back != null && back.ifIndex() == gate.index()
                ? hop
                : hop.broken(
                        "%s is a port of no bridge, and no route to %s leads out of it".formatted(gate.name(), pod),
                        "If the bridge is there: ip link set %s master cni0. Else recreate the pod"
                                .formatted(gate.name()));
    }

    private Hop device(Link link, String what) {
        return Journey.judge(journey.hop(Step.DEVICE, link.name(), what).because(Journey.words(link)), link);
    }

    private Hop bridge(Link bridge, Optional<Link> port, Ip pod) throws IOException {
        Hop hop = device(bridge, "the pods' bridge, which is their gateway");
        if (hop.verdict() != Verdict.OK) {
            return hop;
        }
        if (port.isPresent() && port.get().master() != bridge.index()) {
            return hop.broken(
                    "%s is not a port of %s".formatted(port.get().name(), bridge.name()),
                    "ip link set %s master %s".formatted(port.get().name(), bridge.name()));
        }
        List<String> addresses = journey.view.addresses().stream()
                .filter(address -> address.address().ifIndex() == bridge.index())
                .filter(address -> address.address().ip().family() == pod.family())
                .map(address -> address.address().ip() + "/" + address.address().length())
                .toList();
        Optional<LeasedSubnet> own = journey.cluster.own().stream()
                .filter(subnet -> subnet.cidr().family() == pod.family())
                .findFirst();
        return addresses.isEmpty() && own.isPresent()
                ? hop.broken(
                        bridge.name() + " has no address, so the pods have no gateway",
                        "ip addr add %s/%d dev %s"
                                .formatted(
                                        own.get().cidr().address().plus(1),
                                        own.get().cidr().length(),
                                        bridge.name()))
                : hop.because("address " + String.join(", ", addresses));
    }

    /// The port of the bridge that a pod is behind.
    private Optional<Link> port(Ip pod, Link gate, Optional<PodNamespace> namespace) throws IOException {
        Optional<Link> known = namespace.map(it -> journey.links.get(it.otherEnd()));
        if (known.isPresent() || !gate.kind().equals(BRIDGE)) {
            return known;
        }
        Optional<NeighborEntry> neighbor = neighbor(pod, gate);
        return neighbor.isEmpty() || neighbor.get().mac() == null
                ? Optional.empty()
                : journey.view.forwarding(0, neighbor.get().mac()).stream()
                        .filter(entry -> entry.master() == gate.index() && entry.ifIndex() != gate.index())
                        .map(ForwardingEntry::ifIndex)
                        .map(journey.links::get)
                        .findFirst();
    }

    private Optional<NeighborEntry> neighbor(Ip ip, Link link) throws IOException {
        return journey.view.neighbors(ip).stream()
                .filter(entry -> entry.ifIndex() == link.index())
                .findFirst();
    }

    /// Between two pods of one bridge, where no route decides.
    boolean bridged(Link bridge) throws IOException {
        Packet packet = journey.packet;
        String setting = packet.family() == Family.IPV4 ? "bridge-nf-call-iptables" : "bridge-nf-call-ip6tables";
        boolean filtered =
                journey.view.sysctl("net/bridge/" + setting).filter("1"::equals).isPresent();
        if (filtered) {
            for (Hook hook : List.of(Hook.PREROUTING, Hook.FORWARD, Hook.POSTROUTING)) {
                Packet at = packet.between(bridge.name(), bridge.name());
                RuleHops.Passed passed = rules.pass(hook, at, bridge.name(), Journey.words(at));
                if (!passed.goesOn()) {
                    return false;
                }
            }
        }
        // where policies are enforced, the bridge has the node forward it
        return rules.permitted(packet, bridge.name()) && deliver(bridge);
    }

    /// To a pod behind a device of this node.
    boolean deliver(Link gate) throws IOException {
        Ip pod = journey.packet.destination();
        Optional<PodNamespace> namespace = journey.view.pod(pod);
        Optional<NeighborEntry> neighbor = neighbor(pod, gate);
        if (!journey.add(neighborHop(gate, pod, neighbor, namespace.isPresent()))) {
            return false;
        }
        Optional<Link> port = port(pod, gate, namespace);
        if (gate.kind().equals(BRIDGE) && port.isPresent()) {
            Hop hop = device(port.get(), "the pod's veth, a port of " + gate.name());
            if (!journey.add(hop)) {
                return false;
            }
        }
        String device = namespace.map(it -> it.device().name()).orElse("");
        return journey.add(journey.hop(Step.DELIVERY, device, "the pod receives it")
                .because(namespace
                        .map(it -> it.path() + ": " + Journey.words(it.device()))
                        .orElse("")));
    }

    private Hop neighborHop(Link gate, Ip pod, Optional<NeighborEntry> neighbor, boolean exists) {
        Hop hop = journey.hop(Step.NEIGHBOR, gate.name(), "the MAC address of " + pod + " on " + gate.name())
                .because(neighbor.map(entry -> words(entry, gate.name())).orElse(""));
        if (exists
                || neighbor.filter(entry -> entry.mac() != null && !entry.failed())
                        .isPresent()) {
            return hop;
        }
        return neighbor.isPresent()
                ? hop.broken("no pod answers for " + pod + " on " + gate.name(), "See whether that pod still runs")
                : hop.unknown(
                        "no pod with the address %s is known on this node".formatted(pod),
                        "See whether that pod runs; ping it, and trace again");
    }

    /// As ip(8) prints it.
    static String words(NeighborEntry entry, String device) {
        return "%s dev %s%s %s"
                .formatted(entry.ip(), device, entry.mac() == null ? "" : " lladdr " + entry.mac(), entry.stateWord());
    }

    /// Whether this node forwards packets that arrive by a device.
    static Optional<Hop> forwarding(Journey journey, Link arrival) throws IOException {
        Family family = journey.packet.family();
        String name = family == Family.IPV4
                ? "net/ipv4/conf/%s/forwarding".formatted(arrival.name())
                : "net/ipv6/conf/all/forwarding";
        Optional<String> value = journey.view.sysctl(name);
        if (value.isEmpty() || value.get().equals("1")) {
            return Optional.empty();
        }
        boolean only = family == Family.IPV4
                && journey.view
                        .sysctl("net/ipv4/ip_forward")
                        .filter("1"::equals)
                        .isPresent();
        String setting = only
                ? name // the kernel passes a value on to all devices only when it changes
                : family == Family.IPV4 ? "net/ipv4/ip_forward" : "net/ipv6/conf/all/forwarding";
        return Optional.of(journey.hop(Step.ROUTE, arrival.name(), "this node would have to forward it")
                .because(name + " = " + value.get())
                .broken(
                        "this node forwards no packets that arrive by " + arrival.name(),
                        "sysctl -w " + Sysctl.dotted(setting) + "=1"));
    }
}
