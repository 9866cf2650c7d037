package jflannel.underlay;

import static java.util.Comparator.comparing;
import static java.util.stream.Collectors.joining;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Link;

/// Chooses the address of an interface that other nodes should send to:
///
/// 1. the address that other nodes already use for this node, if it still exists
/// 2. the address that the kernel sends from, if the route determines it
/// 3. the address with the longest lifetime and the widest scope. An address without a network (/32, /128) comes
///    after those with one, and a secondary address after the first of its network: both are often virtual and move
///    between nodes
///
/// @param ipv6Off true for the name of an interface on which the administrator has disabled IPv6
record AddressChoice(Interfaces interfaces, List<Ip> former, Predicate<String> ipv6Off) {
    private static final Comparator<InterfaceAddress> BEST_FIRST = comparing(
                    (InterfaceAddress it) -> it.address().ip().isLinkLocal())
            .thenComparing(
                    it -> it.address().length() == it.address().ip().family().bits())
            .thenComparing(InterfaceAddress::secondary)
            .thenComparing(it -> !it.permanent())
            .thenComparing(InterfaceAddress::temporary)
            .thenComparing(InterfaceAddress::scope);

    /// @param exit how the kernel sends on that interface, if it has a route there
    /// @throws NotThereException if no address can be used
    Ip best(Link link, Family family, Optional<Outward.Exit> exit) throws NotThereException {
        return inOrder(link, family, exit).findFirst().orElseThrow(() -> nothing(link, family));
    }

    /// All usable addresses, the best first. An interface borrows another's address only if it has none itself.
    Stream<Ip> inOrder(Link link, Family family, Optional<Outward.Exit> exit) {
        List<Ip> decided = exit.flatMap(this::decided).stream().toList();
        Ip kernels = exit.map(Outward.Exit::source).orElse(null);
        List<Ip> others = interfaces
                .of(link, family)
                .filter(AddressChoice::isUsable)
                .sorted(BEST_FIRST.thenComparing(it -> !it.address().ip().equals(kernels)))
                .map(it -> it.address().ip())
                .toList();
        return Stream.of(
                        former(link, family).stream(),
                        decided.stream().filter(others::contains),
                        others.stream(),
                        decided.stream())
                .flatMap(Function.identity())
                .distinct();
    }

    /// The best address for the route that the kernel takes, on whichever interface: in a routed fabric it is on
    /// the loopback device, and the routes name it.
    Ip ofNode(Outward.Exit exit, Family family) throws NotThereException {
        Optional<Ip> fabric = decided(exit)
                .filter(ip -> !holds(exit.link(), ip))
                .filter(_ -> former(exit.link(), family).isEmpty());
        return fabric.isPresent() ? fabric.get() : best(exit.link(), family, Optional.of(exit));
    }

    /// True if packets that leave there have a source address that other nodes already use for this node.
    boolean isFormer(Outward.Exit exit, Family family) {
        return former(exit.link(), family).isPresent()
                || decided(exit).filter(former::contains).isPresent();
    }

    private Optional<Ip> decided(Outward.Exit exit) {
        return Optional.ofNullable(exit.source()).filter(ip -> exit.decided()).filter(ip -> isUsable(ip, exit.link()));
    }

    private boolean holds(Link link, Ip ip) {
        return interfaces.holder(ip).filter(link::equals).isPresent();
    }

    /// The interface's address that other nodes already use for this node, even if it is deprecated. Not a
    /// link-local one, which was a stopgap.
    Optional<Ip> former(Link link, Family family) {
        return former.stream()
                .filter(ip -> !ip.isLinkLocal())
                .filter(ip -> interfaces
                        .of(link, family)
                        .anyMatch(it -> it.address().ip().equals(ip) && !it.duplicate() && !it.tentative()))
                .findFirst();
    }

    /// The kernel may send from an address of another interface: in a routed fabric it is on the loopback device.
    private boolean isUsable(Ip ip, Link link) {
        return interfaces
                .holding(ip)
                .filter(AddressChoice::isUsable)
                .filter(it -> it.address().ifIndex() == link.index() || isOnLoopback(it))
                .isPresent();
    }

    private boolean isOnLoopback(InterfaceAddress address) {
        return interfaces
                .numbered(address.address().ifIndex())
                .filter(Interfaces::isLoopback)
                .isPresent();
    }

    private static boolean isUsable(InterfaceAddress address) {
        boolean ofThisNodeAlone = address.scope() == InterfaceAddress.SCOPE_HOST
                || address.address().ip().isLoopback();
        return !address.deprecated() && !address.duplicate() && !address.tentative() && !ofThisNodeAlone;
    }

    private NotThereException nothing(Link link, Family family) {
        String kind = family.title();
        List<InterfaceAddress> there = interfaces.of(link, family).toList();
        if (there.stream().anyMatch(it -> it.tentative() && !it.duplicate())) {
            return new NotThereException(
                    link.name() + "'s " + kind + " address is still checked for duplicates",
                    "That takes a second or two.");
        }
        if (family == Family.IPV6 && ipv6Off.test(link.name())) {
            return new NotThereException(
                    "IPv6 is off on " + link.name() + ": net.ipv6.conf."
                            + link.name().replace('.', '/') + ".disable_ipv6 is 1",
                    "Set it to 0 with sysctl -w, or remove EnableIPv6 from the network configuration.");
        }
        String held = there.stream().map(AddressChoice::words).collect(joining(", "));
        return new NotThereException(
                link.name() + " has no usable " + kind + " address" + (held.isEmpty() ? "" : ": " + held),
                "flanneld waits for one; or name another interface with --iface.");
    }

    private static String words(InterfaceAddress it) {
        String why = it.duplicate()
                ? " is also in use on another node"
                : it.deprecated() ? " is deprecated" : " is valid only within this node";
        return it.address().ip() + why;
    }
}
