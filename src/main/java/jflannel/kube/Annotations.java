package jflannel.kube;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.lease.Announcement;
import jflannel.lease.AnnouncementJson;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;

/// A node's lease as annotations of its Node object, with Go flannel's names and values:
///
/// ```text
/// kube-subnet-manager   true
/// backend-type          vxlan
/// backend-data          {"VNI":1,"VtepMAC":"12:c6:65:89:b4:e3"}
/// backend-v6-data       null
/// public-ip             192.0.2.10
/// public-ipv6           2001:db8::10
/// mtu                   9000, if it is not 1500; Go flannel has none
/// ```
///
/// An administrator may set `public-ip-overwrite`, an address to publish instead, and `node-public-ip`, which acts
/// like the flag `--public-ip`; for IPv6, `ipv6` replaces `ip` in both names.
final class Annotations {
    static final String MANAGED = "kube-subnet-manager";
    static final String BACKEND_TYPE = "backend-type";
    private static final String MTU = "mtu";

    /// The value if the backend has no data.
    private static final String NO_DATA = "null";

    private static final int MOST_CIDRS = 2;

    /// Longer than any backend's name.
    private static final int LONGEST_TYPE = 64;

    private Annotations() {}

    static String backendData(Family family) {
        return family == Family.IPV4 ? "backend-data" : "backend-v6-data";
    }

    static String publicIp(Family family) {
        return family == Family.IPV4 ? "public-ip" : "public-ipv6";
    }

    /// The addresses that an administrator wants published instead of this node's own.
    ///
    /// @throws IllegalArgumentException if one is not an address; the message names the annotation
    static Map<Family, Ip> overwrites(NodeRecord node) {
        return addresses(node, family -> publicIp(family) + "-overwrite");
    }

    /// The addresses that act like the flags `--public-ip` and `--public-ipv6`.
    ///
    /// @throws IllegalArgumentException if one is not an address; the message names the annotation
    static Map<Family, Ip> nodePublicIps(NodeRecord node) {
        return addresses(node, family -> "node-" + publicIp(family));
    }

    private static Map<Family, Ip> addresses(NodeRecord node, Function<Family, String> annotation) {
        Map<Family, Ip> addresses = new EnumMap<>(Family.class);
        for (Family family : Family.values()) {
            address(node, annotation.apply(family), family).ifPresent(ip -> addresses.put(family, ip));
        }
        return addresses;
    }

    /// The annotations that a node should have: a value for each, or empty where it must not exist. Annotations of
    /// a family that the node does not announce are removed, so that no peer believes stale ones.
    ///
    /// @param overwrites addresses to publish instead of those announced
    static Map<String, Optional<String>> of(Announcement mine, Map<Family, Ip> overwrites) {
        Map<String, Optional<String>> wanted = new LinkedHashMap<>();
        wanted.put(MANAGED, Optional.of("true"));
        wanted.put(BACKEND_TYPE, Optional.of(mine.backendType()));
        for (Family family : Family.values()) {
            Optional<Ip> address = mine.publicIp(family).map(own -> overwrites.getOrDefault(family, own));
            // a backend may serve pods of one family through an address of the other
            boolean served = address.isPresent() || mine.backendData(family).isPresent();
            wanted.put(publicIp(family), address.map(Ip::toString));
            wanted.put(
                    backendData(family),
                    served ? Optional.of(mine.backendData(family).orElse(NO_DATA)) : Optional.empty());
        }
        wanted.put(MTU, mine.mtu() == 0 ? Optional.empty() : Optional.of(String.valueOf(mine.mtu())));
        return wanted;
    }

    static boolean isManaged(NodeRecord node) {
        return node.annotation(MANAGED).equals("true");
    }

    /// What a node announces in its annotations.
    ///
    /// @throws IllegalArgumentException if an annotation is invalid; the message names it
    static Announcement announcement(NodeRecord node) {
        Map<Family, String> data = new EnumMap<>(Family.class);
        for (Family family : Family.values()) {
            backendData(node, family).ifPresent(json -> data.put(family, json));
        }
        String type = node.annotation(BACKEND_TYPE);
        if (type.length() > LONGEST_TYPE) {
            throw new IllegalArgumentException("the annotation " + BACKEND_TYPE + " is too long");
        }
        return new Announcement(addresses(node, Annotations::publicIp), type, data, mtu(node));
    }

    private static int mtu(NodeRecord node) {
        String text = node.annotation(MTU);
        return text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : 0;
    }

    /// The backend's data in canonical form, whatever its blanks and order of keys, as in etcd and in the state
    /// file.
    private static Optional<String> backendData(NodeRecord node, Family family) {
        String annotation = backendData(family);
        String text = node.annotation(annotation);
        if (text.length() > AnnouncementJson.LONGEST) {
            throw new IllegalArgumentException("the annotation " + annotation + " is too long");
        }
        if (text.isBlank()) {
            return Optional.empty();
        }
        try {
            Object value = Json.value(text);
            return value == null ? Optional.empty() : Optional.of(Json.compact(value));
        } catch (JsonException e) {
            throw new IllegalArgumentException(
                    "the annotation %s, \"%s\", is not JSON such as {\"VNI\":1}: %s"
                            .formatted(annotation, shown(text), e.getMessage().replaceFirst("^not JSON: ", "")),
                    e);
        }
    }

    /// The address in a node's annotation, if there is one.
    ///
    /// @throws IllegalArgumentException if the annotation is something else; the message names it
    private static Optional<Ip> address(NodeRecord node, String annotation, Family family) {
        String text = node.annotation(annotation);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Ip ip = Ip.parse(text);
            if (ip.family() == family) {
                return ip.isAny() ? Optional.empty() : Optional.of(ip); // all zeros means none
            }
        } catch (IllegalArgumentException e) {
            // reported below
        }
        throw new IllegalArgumentException("the annotation %s, \"%s\", is not an IPv%s address"
                .formatted(annotation, shown(text), family == Family.IPV4 ? "4" : "6"));
    }

    /// The lease of a managed node that has its subnets.
    ///
    /// @throws IllegalArgumentException if something that Kubernetes or the node wrote is invalid; the message says
    ///     what
    static Lease lease(NodeRecord node, NetworkConfig network) {
        Announcement announced = announcement(node);
        if (announced.publicIps().isEmpty()) {
            throw new IllegalArgumentException("it has no public address");
        }
        return new Lease(subnets(node, network), announced);
    }

    /// A node's subnets in the network's families, IPv4 first.
    ///
    /// @throws IllegalArgumentException if there is none, or one is outside the network
    static List<Cidr> subnets(NodeRecord node, NetworkConfig network) {
        Map<Family, Cidr> subnets = new EnumMap<>(Family.class);
        boolean twice = false;
        for (String text : node.podCidrs()) {
            Cidr cidr;
            try {
                cidr = Cidr.parse(text);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("its podCIDR \"" + shown(text) + "\" is not a subnet", e);
            }
            if (network.pool(cidr.family()).isPresent()) {
                twice |= subnets.put(cidr.family(), cidr) != null;
            }
        }
        if (node.podCidrs().size() > MOST_CIDRS || twice) {
            throw new IllegalArgumentException("its podCIDRs %s are not one subnet for each family"
                    .formatted(shown(node.podCidrs().toString())));
        }
        if (subnets.isEmpty()) {
            throw new IllegalArgumentException("it has no podCIDR of the network's families");
        }
        for (Cidr cidr : subnets.values()) {
            if (!network.network(cidr.family()).contains(cidr)) {
                throw new IllegalArgumentException(
                        "its podCIDR %s is not within the network %s".formatted(cidr, network.network(cidr.family())));
            }
        }
        return List.copyOf(subnets.values());
    }

    /// Text that others wrote, shortened for a log line.
    static String shown(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }
}
