package jflannel.underlay;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;

/// The interfaces of this node and their addresses, in the kernel's order.
record Interfaces(List<Link> links, List<InterfaceAddress> addresses) {
    public Interfaces {
        links = List.copyOf(links);
        addresses = List.copyOf(addresses);
    }

    public static Interfaces of(Kernel kernel) throws IOException {
        return new Interfaces(kernel.links(), kernel.addresses());
    }

    /// Finds an interface by its name or an alternative name.
    Optional<Link> named(String name) {
        Optional<Link> byName =
                links.stream().filter(link -> link.name().equals(name)).findFirst();
        return byName.or(() ->
                links.stream().filter(link -> link.altNames().contains(name)).findFirst());
    }

    Optional<Link> numbered(int index) {
        return links.stream().filter(link -> link.index() == index).findFirst();
    }

    /// Every namespace has exactly one loopback device, and no other may have its name.
    static boolean isLoopback(Link link) {
        return link.name().equals("lo");
    }

    /// The address with this label, such as `eth0:1`, which ifconfig(8) takes for an interface.
    Optional<InterfaceAddress> labelled(String label) {
        return addresses.stream()
                .filter(it -> label.contains(":") && it.label().equals(label))
                .findFirst();
    }

    Optional<InterfaceAddress> holding(Ip ip) {
        return addresses.stream().filter(it -> it.address().ip().equals(ip)).findFirst();
    }

    Optional<Link> holder(Ip ip) {
        return holding(ip).flatMap(it -> numbered(it.address().ifIndex()));
    }

    /// The addresses of an interface that other nodes could send to.
    Stream<InterfaceAddress> of(Link link, Family family) {
        return addresses.stream()
                .filter(it -> it.address().ifIndex() == link.index())
                .filter(it -> it.address().ip().family() == family)
                .filter(it -> isUnicast(it.address().ip()));
    }

    private static boolean isUnicast(Ip ip) {
        boolean broadcast = ip.family() == Family.IPV4 && ip.low() == 0xffffffffL;
        return !ip.isAny() && !ip.isLoopback() && !ip.isMulticast() && !broadcast;
    }

    /// For error messages: `Interfaces of this node: lo (127.0.0.1), eth0 (192.0.2.1).` Omits bridge ports, of
    /// which there is one per pod.
    String words() {
        return links.stream()
                .filter(link -> !link.portKind().equals("bridge"))
                .map(this::words)
                .collect(joining(", ", "Interfaces of this node: ", "."));
    }

    private String words(Link link) {
        return addresses.stream()
                .filter(it -> it.address().ifIndex() == link.index())
                .map(Interfaces::words)
                .collect(joining(", ", link.name() + " (", ")"));
    }

    private static String words(InterfaceAddress address) {
        return address.address().ip()
                + (address.deprecated() ? " deprecated" : "")
                + (address.duplicate() ? " duplicate" : address.tentative() ? " tentative" : "");
    }
}
