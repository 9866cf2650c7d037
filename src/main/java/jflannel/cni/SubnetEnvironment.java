package jflannel.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.lease.EnvironmentFile;

/// What flanneld wrote to subnet.env about this node's part of the network.
///
/// @param networks all networks of pods, IPv4 before IPv6; at least one
/// @param subnets this node's part of them, at most one of each family; at least one
/// @param mtu the largest packet a pod may send, in bytes
/// @param masquerade flanneld hides pod addresses itself, so that the delegate must not
record SubnetEnvironment(List<Cidr> networks, List<Cidr> subnets, long mtu, boolean masquerade) {

    /// @throws IOException if the file cannot be read
    /// @throws CniException if a line is missing or cannot be used
    static SubnetEnvironment read(Path file) throws IOException {
        return parse(file.toString(), new String(Files.readAllBytes(file), UTF_8));
    }

    /// @param where the file, for messages
    /// @throws CniException if a line is missing or cannot be used
    static SubnetEnvironment parse(String where, String text) {
        Map<String, String> values = EnvironmentFile.parse(text);
        List<String> missing = new ArrayList<>();
        needOneOf(values, missing, "FLANNEL_NETWORK", "FLANNEL_IPV6_NETWORK");
        needOneOf(values, missing, "FLANNEL_SUBNET", "FLANNEL_IPV6_SUBNET");
        needOneOf(values, missing, "FLANNEL_MTU");
        needOneOf(values, missing, "FLANNEL_IPMASQ");
        if (!missing.isEmpty()) {
            throw broken(where + " is missing " + String.join(", ", missing));
        }
        List<Cidr> networks = new ArrayList<>();
        networks(where, values, "FLANNEL_NETWORK", Family.IPV4, networks);
        networks(where, values, "FLANNEL_IPV6_NETWORK", Family.IPV6, networks);
        List<Cidr> subnets = new ArrayList<>();
        subnet(where, values, "FLANNEL_SUBNET", Family.IPV4).ifPresent(subnets::add);
        subnet(where, values, "FLANNEL_IPV6_SUBNET", Family.IPV6).ifPresent(subnets::add);
        boolean masquerade = values.get("FLANNEL_IPMASQ").equals("true");
        return new SubnetEnvironment(
                List.copyOf(networks), List.copyOf(subnets), mtu(where, values.get("FLANNEL_MTU")), masquerade);
    }

    /// The error for a file that is there but cannot be used, or is not there.
    static CniException broken(String fault) {
        return new CniException(
                CniException.INTERNAL,
                "failed to load flannel 'subnet.env' file: " + fault + ". Check the flannel pod log for this node.");
    }

    private static void needOneOf(Map<String, String> values, List<String> missing, String... names) {
        for (String name : names) {
            if (values.containsKey(name)) {
                return;
            }
        }
        missing.addAll(List.of(names));
    }

    /// A node may have several networks, separated by commas. One that is named twice counts once.
    private static void networks(
            String where, Map<String, String> values, String name, Family family, List<Cidr> networks) {
        String value = values.get(name);
        if (value != null) {
            for (String item : value.split(",", -1)) {
                Cidr network = cidr(where, name, item.strip(), family);
                if (!networks.contains(network)) {
                    networks.add(network);
                }
            }
        }
    }

    private static Optional<Cidr> subnet(String where, Map<String, String> values, String name, Family family) {
        String value = values.get(name);
        return value == null ? Optional.empty() : Optional.of(cidr(where, name, value, family));
    }

    private static Cidr cidr(String where, String name, String value, Family family) {
        try {
            Cidr cidr = Cidr.parse(value);
            if (cidr.family() == family) {
                return cidr;
            }
        } catch (IllegalArgumentException e) {
            // neither family: see the message below
        }
        throw broken("invalid CIDR address: " + value + " (" + name + " in " + where + " must be of "
                + (family == Family.IPV4 ? "IPv4" : "IPv6") + ")");
    }

    private static long mtu(String where, String value) {
        try {
            return Integer.toUnsignedLong(Integer.parseUnsignedInt(value));
        } catch (NumberFormatException e) {
            throw broken("invalid MTU: " + value + " (FLANNEL_MTU in " + where + " must be a number of bytes)");
        }
    }
}
