package jflannel.backend;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lease.JsonFields;
import jflannel.netlink.Kernel;
import jflannel.netlink.Link;
import jflannel.netlink.Vxlan;

/// This node's vxlan device for the pods of one family: made if missing, kept if it fits, put right if somebody
/// changed it.
final class VxlanDevice {
    private static final Logger LOG = System.getLogger(VxlanDevice.class.getName());
    /// What the kernel takes if none is named. Named all the same: a device with another must not pass for right.
    private static final int USUAL_PORT = 8472;

    /// What the tunnel adds to a packet, in bytes: outer IP header, UDP 8, VXLAN 8 (RFC 7348), inner Ethernet 14.
    private static int overhead(Family outer) {
        return outer.headerBytes() + 8 + 8 + 14;
    }

    private final Family family;
    private final String name;
    private final int vni;
    private final int port;
    private final boolean learning;
    private final boolean groupPolicy;
    private final Ip local;
    private final int wantedOuterMtu;
    private int mtu;
    private final Kernel kernel;
    private Mac mac;

    /// @param family of the pods; the tunnel's own packets are of the public address's family
    VxlanDevice(Family family, JsonFields options, Underlay underlay, Kernel kernel) {
        this.family = family;
        this.kernel = kernel;
        this.vni = options.integer("VNI", 1, 0, VxlanBackend.MAX_VNI);
        int given = options.integer("Port", 0, 0, 65535);
        this.port = given == 0 ? USUAL_PORT : given;
        this.learning = options.bool("Learning", false);
        this.groupPolicy = options.bool("GBP", false);
        this.name = (family == Family.IPV4 ? "flannel." : "flannel-v6.") + vni;
        this.local = Optional.ofNullable(underlay.publicIps().get(family))
                .orElseGet(() -> underlay.publicIps().values().iterator().next());
        this.wantedOuterMtu = options.integer("MTU", 0, 0, 65535);
        this.mtu = mtu(underlay.mtu());
    }

    Family family() {
        return family;
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
        return (wanted ? wantedOuterMtu : external) - overhead(local.family());
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
        Vxlan wanted = new Vxlan(vni, port, local, external.index(), learning, groupPolicy);
        Link link = kernel.link(name).orElse(null);
        if (link != null && !fits(link, wanted)) {
            LOG.log(
                    Level.INFO,
                    "replacing " + name + ": it is " + words(link, external) + ", not " + words(wanted, external));
            kernel.delete(link);
            link = null;
        }
        if (link == null) {
            link = kernel.createVxlan(name, mac, mtu, wanted);
            LOG.log(Level.INFO, "made " + name + " with MAC address " + link.mac() + " and MTU " + link.mtu());
        }
        putRight(link);
        return link;
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
    }

    private static boolean fits(Link link, Vxlan wanted) {
        Vxlan is = link.vxlan();
        return is != null
                && is.vni() == wanted.vni()
                && wanted.local().equals(is.local())
                && is.lower() == wanted.lower()
                && is.port() == wanted.port()
                && is.learning() == wanted.learning()
                && is.groupPolicy() == wanted.groupPolicy();
    }

    private static String words(Link link, Link external) {
        return link.vxlan() == null ? "of kind \"" + link.kind() + "\"" : words(link.vxlan(), external);
    }

    private static String words(Vxlan vxlan, Link external) {
        return "VNI %d, port %d, local %s, on %s%s%s"
                .formatted(
                        vxlan.vni(),
                        vxlan.port(),
                        vxlan.local(),
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
