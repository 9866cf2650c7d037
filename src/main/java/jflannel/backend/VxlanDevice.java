package jflannel.backend;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.Vxlan;
import jflannel.lease.ConfigException;
import jflannel.lease.JsonFields;
import jflannel.underlay.Underlay;

/// A vxlan device of this node's: made if missing, kept if it fits, put right if somebody changed it.
///
/// It has a table of its own, the fdb, and carries the pods' packets of one family; or it is external, which means that
/// routes carry what would stand in the table, and carries all families: an external device receives what comes to its
/// port over IPv4 and IPv6, so that a second one would never see a packet.
final class VxlanDevice {
    /// The option of the network configuration.
    private static final String EXTERNAL = "External";

    private static final Logger LOG = System.getLogger(VxlanDevice.class.getName());
    /// What the kernel takes if none is named. Named all the same: a device with another must not pass for right.
    private static final int USUAL_PORT = 8472;

    /// What the tunnel adds to a packet, in bytes: outer IP header, UDP 8, VXLAN 8 (RFC 7348), inner Ethernet 14.
    private static int overhead(Family outer) {
        return outer.headerBytes() + 8 + 8 + 14;
    }

    private final Set<Family> families;
    private final String name;
    private final int vni;
    private final int port;
    private final boolean learning;
    private final boolean groupPolicy;
    private final boolean external;
    private final Ip local;
    private final int overhead;
    private final int wantedOuterMtu;
    private int mtu;
    private final Kernel kernel;
    private Mac mac;

    /// The devices that carry the pods' packets of the given families.
    static List<VxlanDevice> all(Set<Family> families, JsonFields options, Underlay underlay, Kernel kernel) {
        return options.bool(EXTERNAL, false)
                ? List.of(new VxlanDevice(families, options, underlay, kernel))
                : families.stream()
                        .map(family -> new VxlanDevice(Set.of(family), options, underlay, kernel))
                        .toList();
    }

    /// @param families of the pods; the tunnel's own packets are of the public address's family
    private VxlanDevice(Set<Family> families, JsonFields options, Underlay underlay, Kernel kernel) {
        this.families = families;
        this.kernel = kernel;
        this.vni = options.integer("VNI", 1, 0, VxlanBackend.MAX_VNI);
        int given = options.integer("Port", 0, 0, 65535);
        this.port = given == 0 ? USUAL_PORT : given;
        this.learning = options.bool("Learning", false);
        this.groupPolicy = options.bool("GBP", false);
        this.external = options.bool(EXTERNAL, false);
        if (external && (learning || groupPolicy)) {
            throw new ConfigException(
                    options.where(EXTERNAL),
                    true,
                    "The options Learning and GBP are for a device with a table of its own: leave them out.");
        }
        this.name = name(external || families.contains(Family.IPV4));
        this.local = outer(families.iterator().next(), underlay);
        this.overhead = families.stream()
                .mapToInt(family -> overhead(outer(family, underlay).family()))
                .max()
                .orElseThrow();
        this.wantedOuterMtu = options.integer("MTU", 0, 0, 65535);
        this.mtu = mtu(underlay.mtu());
    }

    private String name(boolean first) {
        return (first ? "flannel." : "flannel-v6.") + vni;
    }

    /// The address that packets of the pods of a family are sent from.
    private static Ip outer(Family family, Underlay underlay) {
        return Optional.ofNullable(underlay.publicIps().get(family))
                .orElseGet(() -> underlay.publicIps().values().iterator().next());
    }

    /// Those of the pods whose packets it carries.
    Set<Family> families() {
        return families;
    }

    /// The network identifier in its packets.
    int vni() {
        return vni;
    }

    String name() {
        return name;
    }

    /// The largest packet that fits through the device, in bytes.
    int mtu() {
        return mtu;
    }

    /// The kernel makes no tunnel wider than the interface below it, and an option that asks for one is no reason to
    /// carry nothing.
    private int mtu(int external) {
        boolean wanted = wantedOuterMtu != 0 && wantedOuterMtu <= external;
        return (wanted ? wantedOuterMtu : external) - overhead;
    }

    /// Makes or adopts the device, and returns what other nodes must know of it. From now on its MAC address is
    /// fixed: that of the device, else the one that other nodes know already, else one that follows from the
    /// public address.
    ///
    /// @param before what other nodes know of it from an earlier run
    String announce(Link external, Optional<String> before) throws IOException {
        if (wantedOuterMtu > external.mtu()) {
            LOG.log(
                    Level.WARNING,
                    "the backend's MTU " + wantedOuterMtu + " is larger than that of " + external.name() + ", "
                            + external.mtu() + ", which counts");
        }
        Optional<Link> existing = kernel.link(name);
        mac = existing.filter(link -> link.kind().equals("vxlan") && link.mac() != null)
                .map(Link::mac)
                .or(() -> before.flatMap(VxlanDevice::mac))
                .orElseGet(this::derivedMac);
        ensure(external);
        return new VtepData(vni, mac).json();
    }

    private static Optional<Mac> mac(String vtepData) {
        try {
            return Optional.of(VtepData.parse(vtepData).mac());
        } catch (RuntimeException e) {
            return Optional.empty(); // of another backend, or spoilt: it is written anew
        }
    }

    /// The device as it should be, whatever happened to it since.
    Link ensure(Link external) throws IOException {
        mtu = mtu(external.mtu());
        Vxlan wanted = this.external
                ? Vxlan.external(port, external.index())
                : new Vxlan(vni, port, local, external.index(), learning, groupPolicy);
        Link link = kernel.link(name).orElse(null);
        if (link != null && !fits(link, wanted)) {
            LOG.log(
                    Level.INFO,
                    "replacing " + name + ": it is " + words(link, external) + ", not " + words(wanted, external));
            kernel.delete(link);
            link = null;
        }
        if (link == null) {
            removeRival();
            removeRenamed(wanted);
            link = kernel.createVxlan(name, mac, mtu, wanted);
            LOG.log(Level.INFO, "made " + name + " with MAC address " + link.mac() + " and MTU " + link.mtu());
        }
        putRight(link);
        return link;
    }

    /// A device with a table and an external one cannot share a port, so that the one for the other family, if it is of
    /// the kind that this node had before, would keep this one from coming up.
    private void removeRival() throws IOException {
        Optional<Link> rival = kernel.link(name(!name.equals(name(true))))
                .filter(it -> it.vxlan() != null && it.vxlan().external() != external);
        if (rival.isPresent()) {
            kernel.delete(rival.get());
        }
    }

    /// The kernel makes no second device of the same kind, so one that somebody gave another name has to go. Its MAC
    /// address tells that it is this node's.
    private void removeRenamed(Vxlan wanted) throws IOException {
        for (Link link : kernel.links()) {
            if (fits(link, wanted) && mac.equals(link.mac())) {
                LOG.log(Level.WARNING, "removing " + link.name() + ", which was " + name);
                kernel.delete(link);
            }
        }
    }

    private void putRight(Link link) throws IOException {
        if (!link.mac().equals(mac)) {
            LOG.log(Level.WARNING, "{0} had its MAC address changed to {1}; putting {2} back", name, link.mac(), mac);
            kernel.setMac(link, mac);
        }
        if (link.mtu() != mtu) {
            LOG.log(Level.INFO, "changing the MTU of " + name + " from " + link.mtu() + " to " + mtu);
            kernel.setMtu(link, mtu);
        }
        if (!link.up()) {
            kernel.setUp(link);
        }
        if (external) {
            kernel.admit(link, vni);
        }
    }

    private static boolean fits(Link link, Vxlan wanted) {
        Vxlan is = link.vxlan();
        return is != null
                && is.external() == wanted.external()
                && is.filtersVni() == wanted.filtersVni()
                && is.vni() == wanted.vni()
                && Objects.equals(is.local(), wanted.local())
                && is.lower() == wanted.lower()
                && is.port() == wanted.port()
                && is.learning() == wanted.learning()
                && is.groupPolicy() == wanted.groupPolicy();
    }

    private static String words(Link link, Link external) {
        return link.vxlan() == null ? "of kind \"" + link.kind() + "\"" : words(link.vxlan(), external);
    }

    private static String words(Vxlan vxlan, Link external) {
        return "%s, %s, on %s%s%s"
                .formatted(
                        vxlan.external()
                                ? "external " + (vxlan.filtersVni() ? "with" : "without") + " a filter of VNIs"
                                : "VNI " + vxlan.vni() + ", local " + vxlan.local(),
                        "port " + vxlan.port(),
                        vxlan.lower() == external.index() ? external.name() : "interface number " + vxlan.lower(),
                        vxlan.learning() ? ", learning" : "",
                        vxlan.groupPolicy() ? ", GBP" : "");
    }

    /// A locally administered MAC address that depends on nothing but the public address, so that a device lost at a
    /// reboot comes back with the address that the peers already know.
    private Mac derivedMac() {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest((name + " " + local).getBytes(StandardCharsets.UTF_8));
            hash[0] = (byte) (hash[0] & 0xfc | 0x02);
            return Mac.of(Arrays.copyOf(hash, 6));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
