package jflannel.docker;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.ConfigException;
import jflannel.lease.EnvironmentFile;

/// A bridge network of Docker's as it has to be on this node: with the node's subnet, the MTU that fits through the
/// tunnel, and masquerading by exactly one of flanneld and Docker.
///
/// @param name of the network
/// @param gateways the bridge's address in the subnet of each family
/// @param mtu in bytes
/// @param masquerade true if Docker has to hide containers' addresses from the outside
public record UserNetwork(String name, List<Gateway> gateways, int mtu, boolean masquerade) {
    /// What it is called unless somebody says otherwise.
    public static final String USUAL_NAME = "flannel";
    /// Marks networks as made by this program: no others are ever removed.
    static final String LABEL = "jflannel.network";

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
    private static final List<String> RESERVED = List.of("bridge", "host", "none", "default");
    /// Earlier ones let other hosts' packets in.
    private static final int FIRST_CLOSED = 28;

    private static final String OPTION = "com.docker.network.";

    /// The bridge's address, and the length of its subnet.
    public record Gateway(Ip address, int length) {
        Cidr subnet() {
            return new Cidr(address, length);
        }
    }

    /// The network by what flanneld wrote.
    ///
    /// @param where the subnet file, for messages
    /// @param subnetFile its text
    /// @throws ConfigException if the name is none, or the text lacks something
    public static UserNetwork of(String name, String where, String subnetFile) {
        if (!isName(name)) {
            throw new ConfigException(
                    "the name of the Docker network", name, "Give letters, digits and _.- such as flannel.");
        }
        Map<String, String> variables = EnvironmentFile.parse(subnetFile);
        List<Gateway> gateways = new ArrayList<>();
        gateway(where, variables, "FLANNEL_SUBNET", Family.IPV4).ifPresent(gateways::add);
        gateway(where, variables, "FLANNEL_IPV6_SUBNET", Family.IPV6).ifPresent(gateways::add);
        if (gateways.isEmpty()) {
            throw new ConfigException(where + " names no subnet: is flanneld running, and without --no-subnet?");
        }
        String masquerades = variables.getOrDefault("FLANNEL_IPMASQ", "");
        if (!masquerades.equals("true") && !masquerades.equals("false")) {
            throw new ConfigException(where + ": FLANNEL_IPMASQ", masquerades, "It should be true or false.");
        }
        return new UserNetwork(name, List.copyOf(gateways), mtu(where, variables), masquerades.equals("false"));
    }

    /// True if Docker takes that name for a network of one's own.
    public static boolean isName(String name) {
        return NAME.matcher(name).matches() && !RESERVED.contains(name);
    }

    private static Optional<Gateway> gateway(
            String where, Map<String, String> variables, String variable, Family family) {
        String value = variables.get(variable);
        if (value == null) {
            return Optional.empty();
        }
        try {
            int slash = value.indexOf('/');
            Ip address = Ip.parse(value.substring(0, Math.max(0, slash)));
            int length = Cidr.parse(value).length();
            if (address.family() == family && length <= family.bits() - 2) {
                return Optional.of(new Gateway(address, length));
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new ConfigException(where + ": " + variable, value, "It should be an address with a length.");
    }

    private static int mtu(String where, Map<String, String> variables) {
        String value = variables.getOrDefault("FLANNEL_MTU", "");
        try {
            int mtu = Integer.parseInt(value);
            if (mtu >= 68 && mtu <= 65535) {
                return mtu;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new ConfigException(where + ": FLANNEL_MTU", value, "It should be a number of bytes.");
    }

    /// The words that make it, after `docker`.
    ///
    /// @param version the major number of the Docker daemon's version
    List<String> creation(int version) {
        List<String> words = new ArrayList<>(List.of("network", "create", "--driver=bridge", "--label=" + LABEL));
        for (Gateway gateway : gateways) {
            if (gateway.address().family() == Family.IPV6) {
                words.add("--ipv6");
            }
            words.add("--subnet=" + gateway.subnet());
            words.add("--gateway=" + gateway.address());
        }
        options(version).forEach((option, value) -> words.add("--opt=" + option + "=" + value));
        words.add(name);
        return words;
    }

    private Map<String, String> options(int version) {
        Map<String, String> options = new LinkedHashMap<>();
        options.put(OPTION + "driver.mtu", String.valueOf(mtu));
        options.put(OPTION + "bridge.enable_ip_masquerade", String.valueOf(masquerade));
        if (name.equals(USUAL_NAME)) {
            options.put(OPTION + "bridge.name", "br-" + USUAL_NAME);
        }
        if (version >= FIRST_CLOSED) {
            for (Gateway gateway : gateways) {
                String family = gateway.address().family() == Family.IPV4 ? "ipv4" : "ipv6";
                options.put(OPTION + "bridge.gateway_mode_" + family, "nat-unprotected");
            }
        }
        return options;
    }

    /// In what a network of Docker's differs from this one, in words; empty if in nothing that matters.
    ///
    /// @param version the major number of the Docker daemon's version
    String difference(NetworkView there, int version) {
        List<String> differences = new ArrayList<>();
        String wanted = words(gateways);
        if (!wanted.equals(words(there.gateways()))) {
            differences.add("it has " + words(there.gateways()) + ", and this host has " + wanted);
        }
        Map<String, String> others = new TreeMap<>();
        options(version).forEach((option, value) -> {
            if (!value.equals(there.options().get(option))) {
                others.put(option.substring(OPTION.length()), value);
            }
        });
        others.forEach((option, value) -> differences.add("its %s should be %s".formatted(option, value)));
        return String.join("; ", differences);
    }

    private static String words(List<Gateway> gateways) {
        return gateways.isEmpty()
                ? "no subnet"
                : gateways.stream()
                        .map(it -> it.subnet() + " with gateway " + it.address())
                        .collect(Collectors.joining(" and "));
    }

    /// The subnets, as messages name them.
    String subnets() {
        return gateways.stream().map(it -> it.subnet().toString()).collect(Collectors.joining(" and "));
    }
}
