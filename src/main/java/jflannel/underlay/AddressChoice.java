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

/// Which address of an interface other nodes should send to:
///
/// 1. the one by which they know this node already, if it is still there
/// 2. the one that the kernel sends from, if its route decides that
/// 3. the one that lasts longest and reaches farthest. An address without a network (/32, /128) comes behind those that
///    have one, and a secondary one behind the first of its network: both are often virtual, and move to another node
///
/// @param ipv6Off true for an interface, by name, that the administrator has forbidden IPv6
record AddressChoice(Interfaces interfaces, List<Ip> former, Predicate<String> ipv6Off) {
    private static final Comparator<InterfaceAddress> BEST_FIRST = comparing(
                    (InterfaceAddress it) -> it.address().ip().isLinkLocal())
            .thenComparing(
                    it -> it.address().length() == it.address().ip().family().bits())
            .thenComparing(InterfaceAddress::secondary)
            .thenComparing(it -> !it.permanent())
            .thenComparing(InterfaceAddress::temporary)
            .thenComparing(InterfaceAddress::scope);

    /// @param exit how the kernel sends by that interface, if it has a route there
    /// @throws NotThereException if no address can be used
    Ip best(Link link, Family family, Optional<Outward.Exit> exit) throws NotThereException {
        return inOrder(link, family, exit).findFirst().orElseThrow(() -> nothing(link, family));
    }

    /// All addresses that could be used, the best first. Only an interface without any takes one of another.
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

    /// The best address of this node by the way that the kernel takes, of whatever interface it is: in a routed
    /// fabric it is on the loopback device, and the routes name it.
    Ip ofNode(Outward.Exit exit, Family family) throws NotThereException {
        Optional<Ip> fabric = decided(exit)
                .filter(ip -> !holds(exit.link(), ip))
                .filter(_ -> former(exit.link(), family).isEmpty());
        return fabric.isPresent() ? fabric.get() : best(exit.link(), family, Optional.of(exit));
    }

    /// True if packets that leave there come from an address by which other nodes know this one.
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

    /// The address of the interface by which other nodes know this one, even if new connections should not use it. A
    /// link-local one was a stopgap.
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
                    "Set it to 0 with sysctl -w, or leave EnableIPv6 out of the network configuration.");
        }
        String held = there.stream().map(AddressChoice::words).collect(joining(", "));
        return new NotThereException(
                link.name() + " has no usable " + kind + " address" + (held.isEmpty() ? "" : ": " + held),
                "It is taken when it comes; or name another interface with --iface.");
    }

    private static String words(InterfaceAddress it) {
        String why = it.duplicate()
                ? " is held by another node too"
                : it.deprecated() ? " is deprecated" : " is of use to this node alone";
        return it.address().ip() + why;
    }
}
