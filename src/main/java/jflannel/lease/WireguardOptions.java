package jflannel.lease;

import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import jflannel.ip.Family;
import jflannel.lease.ConfigException.Verbatim;

/// The options of the backend `wireguard`.
public final class WireguardOptions {
    /// The overhead of the tunnel, in bytes, over IPv6: outer header 40, UDP 8, WireGuard 32.
    public static final int OVERHEAD = 80;

    private static final int KEY_BYTES = 32;

    /// Which devices there are, and which addresses of the peers they send to.
    public enum Mode {
        /// One device for IPv4 pods and one for IPv6 pods, each over its own family.
        SEPARATE,
        /// One device for all pods; the family is chosen for each peer.
        AUTO,
        /// One device for all pods, over IPv4.
        IPV4,
        /// One device for all pods, over IPv6.
        IPV6
    }

    public static final BackendOption<Mode> MODE = BackendOption.choice(
            "Mode",
            Mode.SEPARATE,
            "`separate`: a device for the pods of each family, over that family. Otherwise one device for all pods, over"
                    + " `ipv4`, over `ipv6`, or over what suits each peer: `auto`");

    public static final BackendOption<Integer> LISTEN_PORT =
            BackendOption.number("ListenPort", 51820, 1, 65535, "UDP port of `flannel-wg`");

    public static final BackendOption<Integer> LISTEN_PORT_V6 = BackendOption.number(
            "ListenPortV6", 51821, 1, 65535, "UDP port of `flannel-wg-v6`, which only the mode `separate` has");

    public static final BackendOption<String> PSK = BackendOption.text(
                    "PSK", "", "key that all nodes share, 32 bytes in base64, mixed into the keys of each session")
            .byDefault("none")
            .secret();

    public static final BackendOption<Integer> KEEPALIVE = BackendOption.number(
                    "PersistentKeepaliveInterval",
                    0,
                    0,
                    65535,
                    "seconds of silence after which an empty packet is sent, which keeps NAT and firewalls open")
            .byDefault("0, for never; 25 on a node whose public address is not its own");

    public static final BackendOption<Integer> MTU = BackendOption.number(
                    "MTU",
                    0,
                    0,
                    65535,
                    "size of the outer packet, in bytes; limited to the MTU of the interface. At least 148, and 1360 with"
                            + " IPv6")
            .byDefault("that of the external interface (also with 0)");

    public static final BackendOption<Integer> KEY_ROTATION = BackendOption.number(
                    "KeyRotation",
                    0,
                    0,
                    Integer.MAX_VALUE,
                    "seconds after which each node makes another key for itself, with up to a tenth less, so that not"
                            + " all do it at once")
            .byDefault("0, for never");

    /// Which other nodes take part.
    public enum Accept {
        NONE,
        VXLAN
    }

    public static final BackendOption<Accept> ACCEPT = BackendOption.choice(
            "Accept",
            Accept.NONE,
            "`vxlan`: nodes of that backend take part, until all have gone over. Its options may be given beside these");

    static final List<BackendOption<?>> ALL =
            List.of(MODE, LISTEN_PORT, LISTEN_PORT_V6, PSK, KEEPALIVE, MTU, KEY_ROTATION, ACCEPT);

    private WireguardOptions() {}

    /// True if nodes of the backend `vxlan` take part.
    public static boolean acceptsVxlan(NetworkConfig config) {
        return config.type() == BackendType.WIREGUARD && config.option(ACCEPT) == Accept.VXLAN;
    }

    /// The options of this backend and, if it accepts nodes of another one, of that.
    static List<BackendOption<?>> of(JsonFields backend) {
        return ACCEPT.of(backend) == Accept.NONE
                ? ALL
                : Stream.concat(ALL.stream(), VxlanKeys.ALL.stream().filter(option -> option != VxlanKeys.MTU))
                        .toList();
    }

    /// @throws ConfigException if these options cannot be used for pods of these families
    static void judge(JsonFields backend, Set<Family> families) {
        String psk = PSK.of(backend);
        if (!psk.isEmpty() && !isKey(psk)) {
            throw new ConfigException(
                    backend.where(PSK.name()),
                    new Verbatim("(hidden)"),
                    "Give 32 bytes in base64, as `wg genpsk` makes them.");
        }
        int port = LISTEN_PORT_V6.of(backend);
        if (MODE.of(backend) == Mode.SEPARATE && families.size() > 1 && port == LISTEN_PORT.of(backend)) {
            throw new ConfigException(
                    backend.where(LISTEN_PORT_V6.name()),
                    port,
                    "Each of the two devices needs a port of its own. Give another one than ListenPort.");
        }
        if (ACCEPT.of(backend) == Accept.VXLAN) {
            VxlanKeys.judge(backend, families);
        }
        int mtu = MTU.of(backend);
        for (Family family : families) {
            int least = family.leastMtu() + OVERHEAD;
            if (mtu != 0 && mtu < least) {
                throw new ConfigException(
                        backend.where(MTU.name()),
                        mtu,
                        "Give 0, or a number from %d to 65535: the tunnel takes %d bytes, and %s needs %d."
                                .formatted(least, OVERHEAD, family.title(), family.leastMtu()));
            }
        }
    }

    private static boolean isKey(String base64) {
        try {
            return Base64.getDecoder().decode(base64).length == KEY_BYTES;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
