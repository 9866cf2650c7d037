package jflannel.backend;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Device;
import jflannel.kernel.Link;
import jflannel.kernel.Vxlan;
import jflannel.lease.Announcement;
import jflannel.names.Names;
import jflannel.underlay.Underlay;
import jflannel.underlay.Uplink;

/// This node's vxlan devices. One with an fdb carries the pods' packets of one family, so there are two in dual stack.
/// An external one carries all families: it receives what comes to its port over IPv4 and IPv6, so that a second one
/// would never see a packet.
final class VxlanDevices {
    private static final Logger LOG = System.getLogger(VxlanDevices.class.getName());

    private final VxlanOptions options;
    private final Names names;
    private final Underlay underlay;
    private final List<Link> links;
    private final Optional<Announcement> before;
    private final Map<Family, Device> byFamily = new EnumMap<>(Family.class);

    /// @param families of the pods; the tunnel's own packets are of the public address's family
    /// @param links the kernel's devices
    /// @param before what other nodes know about this one from an earlier run
    VxlanDevices(
            Set<Family> families,
            VxlanOptions options,
            Names names,
            Underlay underlay,
            List<Link> links,
            Optional<Announcement> before) {
        this.options = options;
        this.names = names;
        this.underlay = underlay;
        this.links = links;
        this.before = before;
        warnOfWideMtu();
        if (options.external()) {
            Device device = device(families, Family.IPV4);
            families.forEach(family -> byFamily.put(family, device));
        } else {
            families.forEach(family -> byFamily.put(family, device(Set.of(family), family)));
        }
    }

    List<Device> all() {
        return List.copyOf(new LinkedHashSet<>(byFamily.values()));
    }

    /// The device that carries the pods' packets of a family.
    Device of(Family family) {
        return byFamily.get(family);
    }

    static Vxlan vxlan(Device device) {
        return (Vxlan) device.kind();
    }

    /// The kernel allows no tunnel wider than the interface below it, and an option that asks for one is no reason to
    /// carry nothing.
    private int outerMtu(Uplink uplink) {
        return options.outerMtu() == 0 ? uplink.mtu() : Math.min(options.outerMtu(), uplink.mtu());
    }

    private void warnOfWideMtu() {
        underlay.uplinks().values().stream()
                .filter(uplink -> options.outerMtu() > uplink.mtu())
                .findFirst()
                .ifPresent(uplink -> LOG.log(
                        Level.WARNING,
                        "the backend''s MTU {0} is larger than that of {1}, {2}, which counts",
                        String.valueOf(options.outerMtu()),
                        uplink.device(),
                        String.valueOf(uplink.mtu())));
    }

    private Device device(Set<Family> families, Family nameOf) {
        Family first = families.iterator().next();
        String name = names.vxlan(nameOf, options.vni());
        int lower = lower(families);
        Vxlan vxlan = options.external()
                ? Vxlan.external(options.vni(), options.port(), lower)
                : new Vxlan(
                        options.vni(), options.port(), outer(first), lower, options.learning(), options.groupPolicy());
        int mtu = families.stream()
                .map(this::uplink)
                .mapToInt(
                        uplink -> outerMtu(uplink) - overhead(uplink.publicIp().family()))
                .min()
                .orElseThrow();
        return new Device(name, vxlan, mac(name, first), mtu, options.checksumOffload());
    }

    /// The index of the interface below a device; 0, for any, if its families leave by several.
    private int lower(Set<Family> families) {
        Set<String> devices =
                families.stream().map(this::uplink).map(Uplink::device).collect(Collectors.toSet());
        return links.stream()
                .filter(link -> devices.size() == 1 && devices.contains(link.name()))
                .mapToInt(Link::index)
                .findFirst()
                .orElse(0);
    }

    /// What the tunnel adds to a packet, in bytes: outer IP header, UDP 8, VXLAN 8 (RFC 7348), inner Ethernet 14.
    static int overhead(Family outer) {
        return outer.headerBytes() + 8 + 8 + 14;
    }

    /// The address that packets of the pods of a family are sent from.
    private Ip outer(Family family) {
        return uplink(family).publicIp();
    }

    /// How packets of the pods of a family leave.
    private Uplink uplink(Family family) {
        return underlay.uplink(family)
                .orElseGet(() -> underlay.uplinks().values().iterator().next());
    }

    /// True if a device of this name and MAC address was made for this address by an earlier run, with whatever VNI.
    ///
    /// @param known further MAC addresses of this node
    static boolean isOwn(Link link, Names names, Family family, Ip outer, Set<Mac> known) {
        return link.properties() instanceof Vxlan vxlan
                && link.name().equals(names.vxlan(family, vxlan.vni()))
                && (derived(link.name(), outer).equals(link.mac()) || known.contains(link.mac()));
    }

    /// The one that other nodes already know, else the device's own, else one derived from the public address. A
    /// second device never takes the first one's: it was announced for both families while one external device
    /// carried them. What a host with another address announced may be that of the host that this one is a copy of.
    private Mac mac(String name, Family family) {
        Set<Mac> taken = byFamily.values().stream().map(Device::mac).collect(Collectors.toSet());
        Ip outer = outer(family);
        Optional<Mac> announced = before.filter(
                        it -> it.publicIp(outer.family()).stream().allMatch(outer::equals))
                .flatMap(it -> it.backendData(family))
                .flatMap(VxlanDevices::published);
        Stream<Mac> present = links.stream()
                .filter(link -> link.name().equals(name) && link.properties() instanceof Vxlan)
                .map(Link::mac);
        return Stream.concat(announced.stream(), present)
                .filter(mac -> !taken.contains(mac))
                .findFirst()
                .orElseGet(() -> derived(name, outer));
    }

    private static Optional<Mac> published(String vtepData) {
        try {
            return Optional.of(VtepData.parse(vtepData).mac());
        } catch (RuntimeException e) {
            return Optional.empty(); // of another backend, or damaged: it will be rewritten
        }
    }

    /// A locally administered MAC address that depends on nothing but the pods' family and the public address. So a
    /// device lost at a reboot comes back with the address that the peers already know, and one of a former VNI is
    /// recognized.
    static Mac derived(String name, Ip outer) {
        String withoutVni = name.substring(0, name.lastIndexOf('.'));
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((withoutVni + " " + outer).getBytes(StandardCharsets.UTF_8));
            hash[0] = (byte) (hash[0] & 0xfc | 0x02);
            return Mac.of(Arrays.copyOf(hash, 6));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
