package jflannel.kube;

import java.util.ArrayList;
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

/// A node's lease as annotations of its Node object, named and written as Go flannel does:
///
/// ```text
/// kube-subnet-manager   true
/// backend-type          vxlan
/// backend-data          {"VNI":1,"VtepMAC":"12:c6:65:89:b4:e3"}
/// backend-v6-data       null
/// public-ip             192.0.2.10
/// public-ipv6           2001:db8::10
/// ```
///
/// An administrator may write `public-ip-overwrite`, an address to publish instead, and `node-public-ip`, which acts as
/// the flag `--public-ip`; for IPv6 with `ipv6` in place of `ip`.
final class Annotations {
    static final String MANAGED = "kube-subnet-manager";
    static final String BACKEND_TYPE = "backend-type";

    /// How "the backend needs no data" is written.
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
    /// @throws IllegalArgumentException if one is no address; the message names the annotation
    static Map<Family, Ip> overwrites(NodeRecord node) {
        return addresses(node, family -> publicIp(family) + "-overwrite");
    }

    /// The addresses that stand for the flags `--public-ip` and `--public-ipv6`.
    ///
    /// @throws IllegalArgumentException if one is no address; the message names the annotation
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

    /// What a node's annotations should be: a value for each, or none where it must not exist. Those of a family that
    /// the node does not announce go, so that no peer takes old words for true.
    ///
    /// @param overwrites addresses to publish instead of those announced
    static Map<String, Optional<String>> of(Announcement mine, Map<Family, Ip> overwrites) {
        Map<String, Optional<String>> wanted = new LinkedHashMap<>();
        wanted.put(MANAGED, Optional.of("true"));
        wanted.put(BACKEND_TYPE, Optional.of(mine.backendType()));
        for (Family family : Family.values()) {
            Optional<Ip> address = mine.publicIp(family).map(own -> overwrites.getOrDefault(family, own));
            // a backend may serve pods of one family by an address of the other
            boolean served = address.isPresent() || mine.backendData(family).isPresent();
            wanted.put(publicIp(family), address.map(Ip::toString));
            wanted.put(
                    backendData(family),
                    served ? Optional.of(mine.backendData(family).orElse(NO_DATA)) : Optional.empty());
        }
        return wanted;
    }

    static boolean isManaged(NodeRecord node) {
        return node.annotation(MANAGED).equals("true");
    }

    /// What a node announces by its annotations.
    ///
    /// @throws IllegalArgumentException if they make no sense; the message says which
    static Announcement announcement(NodeRecord node) {
        Map<Family, String> data = new EnumMap<>(Family.class);
        for (Family family : Family.values()) {
            backendData(node, family).ifPresent(json -> data.put(family, json));
        }
        String type = node.annotation(BACKEND_TYPE);
        if (type.length() > LONGEST_TYPE) {
            throw new IllegalArgumentException("the annotation " + BACKEND_TYPE + " is too long");
        }
        return new Announcement(addresses(node, Annotations::publicIp), type, data);
    }

    /// What the backend published, in one form whatever blanks and order of keys were chosen: as leases in etcd and
    /// those that were remembered have it.
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
                    "the annotation %s, \"%s\", is no JSON such as {\"VNI\":1}: %s"
                            .formatted(annotation, shown(text), e.getMessage().replaceFirst("^not JSON: ", "")),
                    e);
        }
    }

    /// The address in an annotation of a node, if there is one.
    ///
    /// @throws IllegalArgumentException if the annotation holds something else; the message names it
    private static Optional<Ip> address(NodeRecord node, String annotation, Family family) {
        String text = node.annotation(annotation);
        if (text.isEmpty()) {
            return Optional.empty();
        }
        try {
            Ip ip = Ip.parse(text);
            if (ip.family() == family) {
                return ip.isAny() ? Optional.empty() : Optional.of(ip); // all zeros is how "none" is written
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new IllegalArgumentException("the annotation %s, \"%s\", is no IPv%s address"
                .formatted(annotation, shown(text), family == Family.IPV4 ? "4" : "6"));
    }

    /// The lease of a node that is managed and has its subnets.
    ///
    /// @throws IllegalArgumentException if what Kubernetes or the node wrote makes no sense; the message says what
    static Lease lease(NodeRecord node, NetworkConfig network) {
        Announcement announced = announcement(node);
        if (announced.publicIps().isEmpty()) {
            throw new IllegalArgumentException("it has no public address");
        }
        return new Lease(subnets(node, network), announced);
    }

    /// A node's subnets of the network's families, IPv4 first.
    ///
    /// @throws IllegalArgumentException if there is none, or one is not within the network
    static List<Cidr> subnets(NodeRecord node, NetworkConfig network) {
        List<Cidr> subnets = new ArrayList<>();
        for (String text : node.podCidrs()) {
            Cidr cidr;
            try {
                cidr = Cidr.parse(text);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("its podCIDR \"" + shown(text) + "\" is no subnet", e);
            }
            if (network.pool(cidr.family()).isPresent()) {
                subnets.add(cidr);
            }
        }
        subnets.sort(java.util.Comparator.comparing(Cidr::family));
        if (node.podCidrs().size() > MOST_CIDRS
                || subnets.stream().map(Cidr::family).distinct().count() != subnets.size()) {
            throw new IllegalArgumentException("its podCIDRs %s are not one subnet of each family"
                    .formatted(shown(node.podCidrs().toString())));
        }
        if (subnets.isEmpty()) {
            throw new IllegalArgumentException("it has no podCIDR of the network's families");
        }
        for (Cidr cidr : subnets) {
            if (!network.network(cidr.family()).contains(cidr)) {
                throw new IllegalArgumentException(
                        "its podCIDR %s is not within the network %s".formatted(cidr, network.network(cidr.family())));
            }
        }
        return subnets;
    }

    /// What others wrote, short enough for a log line.
    static String shown(String text) {
        return text.length() <= 100 ? text : text.substring(0, 100) + "…";
    }
}
