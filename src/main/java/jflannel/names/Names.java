package jflannel.names;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jflannel.ip.Family;

/// The names that one network uses on this host. The default network has those of Go flannel, so that either
/// program can take over from the other. Another network on the same host has the same names with its own name
/// appended.
///
/// Names of vxlan devices have no suffix, because their network identifier (VNI) distinguishes them: two networks
/// on a host cannot share one.
///
/// @param network empty for the default network, else one to six lower-case letters and digits: the kernel gives a
///     device's name 15 bytes, and an iptables chain's 28
public record Names(String network) {
    public static final Names DEFAULT = new Names("");
    /// What keys in etcd begin with by default.
    public static final String ETCD_PREFIX = "/coreos.com/network";
    /// What the annotations of Kubernetes nodes begin with by default.
    public static final String ANNOTATION_PREFIX = "flannel.alpha.coreos.com";

    /// The longest name of a device, in bytes: `IFNAMSIZ` without the zero byte.
    private static final int LONGEST_DEVICE = 15;

    private static final String VXLAN = "flannel.";
    private static final String VXLAN_V6 = "flannel-v6.";
    private static final String IPIP = "flannel.ipip";
    private static final String IPIP_V6 = "flannel-v6.ipip";
    /// Those of other networks than the default one, for whose names there is less room.
    private static final String SHORT_IPIP = "fl.ipip";
    private static final String SHORT_IPIP_V6 = "fl6.ipip";
    private static final String TUN = "flannel0";
    private static final String JOINING_ENTRANCE = "flannelg";
    private static final String JOINING_EXIT = "flannelh";
    private static final String LOCAL_TUNNEL = "flannelv";
    private static final String WIREGUARD = "flannel-wg";
    private static final String WIREGUARD_V6 = "flannel-wg-v6";
    /// Of other networks, for which the usual names are too long.
    private static final String SHORT_WIREGUARD = "flwg";
    private static final String SHORT_WIREGUARD_V6 = "flwg6";
    private static final String DROPPING = "flannelx";
    private static final String MASQUERADE_CHAIN = "FLANNEL-POSTRTG";
    private static final String FORWARD_CHAIN = "FLANNEL-FWD";
    private static final String TABLE_V4 = "flannel-ipv4";
    private static final String TABLE_V6 = "flannel-ipv6";
    private static final String PEER_FILTER_TABLE = "flannel-peers";
    private static final String POLICY_TABLE = "flannel-policy";
    private static final String ISOLATION_TABLE = "flannel-isolation";

    private static final Pattern NETWORK = Pattern.compile("[a-z0-9]{1,6}");
    private static final Pattern SUFFIXED = Pattern.compile("(?:"
            + String.join(
                    "|",
                    TUN,
                    MASQUERADE_CHAIN,
                    FORWARD_CHAIN,
                    TABLE_V4,
                    TABLE_V6,
                    PEER_FILTER_TABLE,
                    POLICY_TABLE,
                    ISOLATION_TABLE)
            + ")(?:-(" + NETWORK + "))?");
    private static final Pattern JOINING_DEVICE =
            Pattern.compile("(?:" + JOINING_ENTRANCE + "|" + JOINING_EXIT + ")(?:-" + NETWORK + ")?");
    private static final Pattern LOCAL_TUNNEL_DEVICE = Pattern.compile(LOCAL_TUNNEL + "(?:-" + NETWORK + ")?");
    private static final Pattern WIREGUARD_DEVICE = Pattern.compile(
            WIREGUARD + "|" + WIREGUARD_V6 + "|(?:" + SHORT_WIREGUARD + "|" + SHORT_WIREGUARD_V6 + ")-" + NETWORK);
    private static final Pattern DROPPING_DEVICE = Pattern.compile(DROPPING + "(?:-" + NETWORK + ")?");
    private static final Pattern VXLAN_DEVICE = Pattern.compile("flannel(?:-v6)?\\.\\d{1,8}");

    private static final Pattern IPIP_DEVICE = Pattern.compile("flannel(?:-v6)?\\.ipip|fl6?\\.ipip-" + NETWORK);

    /// @throws IllegalArgumentException if that cannot be a network's name
    public Names {
        if (!network.isEmpty() && !NETWORK.matcher(network).matches()) {
            throw new IllegalArgumentException(
                    "a network's name has one to six lower-case letters and digits, unlike " + network);
        }
    }

    /// The names of a network that has to make room for another one: they are derived from where its leases are.
    ///
    /// @param place the prefix of its keys in etcd, or of its annotations in Kubernetes
    public static Names derivedFrom(String place) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(place.getBytes(StandardCharsets.UTF_8));
            return new Names(HexFormat.of().formatHex(hash, 0, 3));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }

    /// The network that a chain, an nftables table or a TUN device belongs to; empty if it is not flannel's.
    public static Optional<Names> ownerOf(String name) {
        Matcher matcher = SUFFIXED.matcher(name);
        return matcher.matches()
                ? Optional.of(matcher.group(1) == null ? DEFAULT : new Names(matcher.group(1)))
                : Optional.empty();
    }

    /// True if these are the names of Go flannel.
    public boolean isDefault() {
        return network.isEmpty();
    }

    /// The vxlan device of a family's pods.
    public String vxlan(Family pods, int vni) {
        return (pods == Family.IPV4 ? VXLAN : VXLAN_V6) + vni;
    }

    /// The largest VNI for which the kernel can name a family's device.
    public static int largestVni(Family pods) {
        int digits = LONGEST_DEVICE - (pods == Family.IPV4 ? VXLAN : VXLAN_V6).length();
        return (int) Math.pow(10, digits) - 1;
    }

    /// The device of the backend `ipip` for a family's pods.
    public String ipip(Family pods) {
        return isDefault()
                ? pods == Family.IPV4 ? IPIP : IPIP_V6
                : mine(pods == Family.IPV4 ? SHORT_IPIP : SHORT_IPIP_V6);
    }

    /// The TUN device of the backend `udp`.
    public String tun() {
        return mine(TUN);
    }

    /// The devices by which received packets of the backend `udp` make detours: a pair of veth devices, the first of
    /// which is sent to, and a vxlan device.
    public List<String> detourDevices() {
        return List.of(mine(JOINING_ENTRANCE), mine(JOINING_EXIT), mine(LOCAL_TUNNEL));
    }

    /// The WireGuard device of a family's pods. One for all pods has the name of that for IPv4.
    public String wireguard(Family pods) {
        boolean v4 = pods == Family.IPV4;
        return isDefault()
                ? v4 ? WIREGUARD : WIREGUARD_V6
                : (v4 ? SHORT_WIREGUARD : SHORT_WIREGUARD_V6) + "-" + network;
    }

    /// The device of the backend `ipsec`, by which nothing leaves that is not encrypted.
    public String dropping() {
        return mine(DROPPING);
    }

    /// True if flannel makes devices of that name and kind, for any network.
    public static boolean isDevice(String name, String kind) {
        return switch (kind) {
            case "vxlan" ->
                VXLAN_DEVICE.matcher(name).matches()
                        || LOCAL_TUNNEL_DEVICE.matcher(name).matches();
            case "ipip", "sit", "ip6tnl" -> IPIP_DEVICE.matcher(name).matches();
            case "tun" ->
                name.startsWith(TUN) && ownerOf(name).isPresent()
                        || WIREGUARD_DEVICE.matcher(name).matches(); // of wireguard-go
            case "wireguard" -> WIREGUARD_DEVICE.matcher(name).matches();
            case "veth" -> JOINING_DEVICE.matcher(name).matches();
            case "dummy" -> DROPPING_DEVICE.matcher(name).matches();
            default -> false;
        };
    }

    /// The iptables chain, in the table `nat`, that masquerades.
    public String masqueradeChain() {
        return mine(MASQUERADE_CHAIN);
    }

    /// The iptables chain, in the table `filter`, that lets pods' traffic through.
    public String forwardChain() {
        return mine(FORWARD_CHAIN);
    }

    /// A comment of a rule in a chain that is not flannel's alone.
    public String comment(String words) {
        return isDefault() ? words : words + " " + network;
    }

    /// The nftables table of a family's rules.
    public String table(Family family) {
        return mine(family == Family.IPV4 ? TABLE_V4 : TABLE_V6);
    }

    /// The nftables table, of family `inet`, that decides who may send tunnel packets.
    public String peerFilterTable() {
        return mine(PEER_FILTER_TABLE);
    }

    /// The nftables tables, of the families `inet` and `bridge`, that enforce network policies.
    public String policyTable() {
        return mine(POLICY_TABLE);
    }

    /// The nftables table, of family `inet`, that keeps the network apart from others on this host.
    public String isolationTable() {
        return mine(ISOLATION_TABLE);
    }

    private String mine(String name) {
        return isDefault() ? name : name + "-" + network;
    }
}
