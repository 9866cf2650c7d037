package jflannel.underlay;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Link;

/// The uplink of each family: on a chosen interface, or on the family's own route out of this node.
final class UplinkChoice {
    private static final String NAME_IT = "Or name the interface that carries traffic between nodes: --iface=eth0.";

    private final Interfaces interfaces;
    private final NodeFacts facts;
    private final DeviceRoles roles;
    private final Outward outward;
    private final AddressChoice addresses;
    private final Set<Family> families;

    UplinkChoice(Interfaces interfaces, NodeFacts facts, DeviceRoles roles, Outward outward, AddressChoice addresses) {
        this.interfaces = interfaces;
        this.facts = facts;
        this.roles = roles;
        this.outward = outward;
        this.addresses = addresses;
        this.families = new TreeSet<>(facts.families());
    }

    /// Each family's own route.
    Map<Family, Uplink> ownWays() throws IOException, NotThereException {
        Map<Family, Uplink> uplinks = new EnumMap<>(Family.class);
        NotThereException missing = null;
        for (Family family : families) {
            try {
                uplinks.put(family, ownWay(family));
            } catch (NotThereException e) {
                missing = missing == null ? e : missing;
            }
        }
        if (missing == null) {
            return uplinks;
        }
        return besides(uplinks, missing);
    }

    /// A family without a route uses the other's interface, if that has a good address for it.
    private Map<Family, Uplink> besides(Map<Family, Uplink> uplinks, NotThereException missing)
            throws IOException, NotThereException {
        for (Uplink other : List.copyOf(uplinks.values())) {
            Link link = interfaces.named(other.device()).orElseThrow(() -> missing);
            Map<Family, Uplink> both = by(link, Map.of(), Map.of(), false);
            if (both.values().stream().noneMatch(it -> it.address().isLinkLocal())) {
                return both;
            }
        }
        throw missing;
    }

    /// The uplink through which a family's packets leave by the default route, or else to the store. Of several,
    /// prefers the one that other nodes already know.
    private Uplink ownWay(Family family) throws IOException, NotThereException {
        List<Outward.Exit> exits = new ArrayList<>(outward.outside(family));
        if (exits.isEmpty()) {
            exits.addAll(toStore(family));
        }
        for (Outward.Exit exit : exits) {
            if (addresses.isFormer(exit, family)) {
                return uplink(exit.link(), family, addresses.ofNode(exit, family));
            }
        }
        if (!exits.isEmpty()) {
            return uplink(exits.getFirst().link(), family, addresses.ofNode(exits.getFirst(), family));
        }
        for (Link link : interfaces.links()) {
            if (roles.objection(link).isEmpty()
                    && addresses.former(link, family).isPresent()) {
                return uplink(link, family, Optional.empty());
            }
        }
        throw new NotThereException(
                "this node has no " + family.title() + " default route, and no route to the store",
                "flanneld waits for a route. " + NAME_IT);
    }

    private List<Outward.Exit> toStore(Family family) throws IOException {
        List<Outward.Exit> exits = new ArrayList<>();
        for (Ip store : facts.store()) {
            try {
                if (store.family() == family && !store.isLoopback()) {
                    exits.add(outward.to(store));
                }
            } catch (NotThereException e) {
                // another endpoint may be on one of this node's networks
            }
        }
        return exits;
    }

    /// The uplinks on a chosen interface.
    ///
    /// @param fixed the addresses that chose it, by family
    /// @param byAddress true if an address and not the interface itself was named, so that a family without a good
    ///     address there may use its own route
    Map<Family, Uplink> by(Link link, Map<Family, Ip> fixed, Map<Family, Ip> publicIps, boolean byAddress)
            throws IOException, NotThereException {
        Map<Family, Uplink> uplinks = new EnumMap<>(Family.class);
        for (Family family : families) {
            Ip given = publicIps.get(family);
            Uplink uplink = fixed.containsKey(family)
                    ? uplink(link, family, fixed.get(family))
                    : byGiven(link, family, given, byAddress);
            uplinks.put(
                    family,
                    given == null ? uplink : new Uplink(uplink.device(), uplink.mtu(), uplink.address(), given));
        }
        return uplinks;
    }

    private Uplink byGiven(Link link, Family family, Ip given, boolean byAddress)
            throws IOException, NotThereException {
        Optional<Link> holder = Optional.ofNullable(given).flatMap(interfaces::holder);
        if (holder.isPresent() && (byAddress || holder.get().equals(link))) {
            return uplink(holder.get(), family, given);
        }
        boolean poor =
                interfaces.of(link, family).allMatch(it -> it.address().ip().isLinkLocal());
        if (byAddress && poor && !outward.outside(family).isEmpty()) {
            return ownWay(family);
        }
        return uplink(link, family, outward.by(link, family));
    }

    private Uplink uplink(Link link, Family family, Optional<Outward.Exit> exit) throws IOException, NotThereException {
        return uplink(link, family, addresses.best(link, family, exit));
    }

    /// An address on the loopback device uses the interface that leads outside, and its MTU.
    private Uplink uplink(Link link, Family family, Ip address) throws IOException, NotThereException {
        Link carrier = Interfaces.isLoopback(link) && !address.isLoopback() ? beyond(family) : link;
        if (carrier.mtu() <= 0) {
            throw new NotThereException(carrier.name() + " has no MTU", NAME_IT);
        }
        return new Uplink(carrier.name(), carrier.mtu(), address, address);
    }

    private Link beyond(Family family) throws IOException, NotThereException {
        List<Outward.Exit> exits = new ArrayList<>(outward.outside(family));
        exits.addAll(toStore(family));
        return exits.stream()
                .map(Outward.Exit::link)
                .findFirst()
                .orElseThrow(() -> new NotThereException(
                        "no " + family.title() + " route leads out of this node", "flanneld waits for one."));
    }
}
