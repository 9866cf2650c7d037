package jflannel.lease;

import java.util.List;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.names.Names;

/// The options of the backend `vxlan`, and the kernel's limits on them.
public final class VxlanKeys {
    private static final int MOST_VNI = (1 << 24) - 1;

    /// The minimum overhead of the tunnel, in bytes: outer IPv4 20, UDP 8, VXLAN 8, inner Ethernet 14.
    private static final int LEAST_OVERHEAD = 50;

    public static final BackendOption<Integer> VNI = BackendOption.number(
            "VNI",
            1,
            0,
            MOST_VNI,
            "VXLAN network identifier; the device is `flannel.<VNI>`, for IPv6 pods `flannel-v6.<VNI>`, so the length"
                    + " of the names limits it to 9999999 and 9999");

    public static final BackendOption<Integer> PORT = BackendOption.number(
            "Port",
            0,
            0,
            65535,
            "UDP port; 0 means 8472, the kernel's default. Use another where 8472 is taken (VMware NSX)");

    public static final BackendOption<Integer> MTU = BackendOption.number(
                    "MTU",
                    0,
                    0,
                    65535,
                    "size of the outer packet, in bytes; limited to the MTU of the interface. At least 118, and 1330 with"
                            + " IPv6")
            .byDefault("that of the external interface (also with 0)");

    public static final BackendOption<Boolean> DIRECT_ROUTING = BackendOption.truth(
            "DirectRouting",
            false,
            "peers on one link with this node get a plain route to their host, without the tunnel");

    public static final BackendOption<Boolean> LEARNING =
            BackendOption.truth("Learning", false, "the device learns from packets; not needed");

    public static final BackendOption<Boolean> GBP = BackendOption.truth("GBP", false, "the group policy extension");

    public static final BackendOption<Boolean> EXTERNAL = BackendOption.truth(
            "External",
            false,
            "[routes carry the tunnel's end](#external-routes-that-carry-the-tunnels-end); needs Linux 5.18 on every"
                    + " node. Not together with `Learning` or `GBP`");

    /// Who computes the checksums of pods' packets.
    public enum ChecksumOffload {
        /// As the kernel makes the device, or as somebody has set it.
        AUTO,
        /// The network card, or nobody if the packet crosses none.
        ON,
        /// The kernel, before the packet enters the tunnel.
        OFF
    }

    public static final BackendOption<ChecksumOffload> CHECKSUM_OFFLOAD = BackendOption.choice(
            "ChecksumOffload",
            ChecksumOffload.AUTO,
            "`off` keeps [network cards that compute wrong checksums](#checksums) from doing so for pods' packets, `on`"
                    + " lets them; `auto` leaves the device as the kernel makes it");

    static final List<BackendOption<?>> ALL =
            List.of(VNI, PORT, MTU, DIRECT_ROUTING, LEARNING, GBP, EXTERNAL, CHECKSUM_OFFLOAD);

    private VxlanKeys() {}

    /// @throws ConfigException if the kernel could not create such a device for pods of these families
    static void judge(JsonFields backend, Set<Family> families) {
        boolean external = EXTERNAL.of(backend);
        if (external && (LEARNING.of(backend) || GBP.of(backend))) {
            throw new ConfigException(
                    backend.where(EXTERNAL.name()),
                    true,
                    "The options Learning and GBP are for devices with a table of their own. Remove them.");
        }
        requireNames(backend, external ? Set.of(Family.IPV4) : families);
        requireRoom(backend, families);
    }

    private static void requireNames(JsonFields backend, Set<Family> named) {
        int vni = VNI.of(backend);
        for (Family family : named) {
            int most = Names.largestVni(family);
            if (vni > most) {
                throw new ConfigException(
                        backend.where(VNI.name()),
                        vni,
                        "Give a number from 0 to %d: the kernel does not allow a name as long as %s."
                                .formatted(most, Names.DEFAULT.vxlan(family, vni)));
            }
        }
    }

    private static void requireRoom(JsonFields backend, Set<Family> families) {
        int mtu = MTU.of(backend);
        for (Family family : families) {
            int least = family.leastMtu() + LEAST_OVERHEAD;
            if (mtu != 0 && mtu < least) {
                throw new ConfigException(
                        backend.where(MTU.name()),
                        mtu,
                        "Give 0, or a number from %d to 65535: the tunnel takes %d bytes, and %s needs %d."
                                .formatted(least, LEAST_OVERHEAD, family.title(), family.leastMtu()));
            }
        }
    }
}
