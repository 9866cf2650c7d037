package jflannel.lease;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// Start options for the Docker daemon, as a file for the `EnvironmentFile=` of its service:
///
/// ```
/// DOCKER_OPT_BIP="--bip=10.244.1.1/24"
/// DOCKER_OPT_IPMASQ="--ip-masq=false"
/// DOCKER_OPT_MTU="--mtu=1450"
/// DOCKER_OPTS=" --bip=10.244.1.1/24 --ip-masq=false --mtu=1450"
/// ```
///
/// The text is the same that `mk-docker-opts.sh` writes.
public final class DockerOptions {
    private static final String ALL = "DOCKER_OPTS";
    private static final String ONE = "DOCKER_OPT_";
    private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
    private static final Pattern SUBNET = Pattern.compile("[0-9./]*");
    private static final Pattern MTU = Pattern.compile("[0-9]*");
    private static final Pattern BIP = Pattern.compile("--bip=(?<address>[0-9.]+)/[0-9]+");

    private DockerOptions() {}

    /// @param subnetFile the text of subnet.env; options for missing values are omitted
    /// @param environment variables: those with `DOCKER_OPT_` in their names hold further options, and the value of
    ///     `DOCKER_OPTS` comes first
    /// @throws IllegalArgumentException if the subnet file contains a value that does not belong on a command line
    public static String text(String subnetFile, Map<String, String> environment) {
        Map<String, String> options = new TreeMap<>();
        environment.forEach((name, value) -> {
            if (name.contains(ONE) && VARIABLE.matcher(name).matches()) {
                options.put(name, value);
            }
        });
        Map<String, String> variables = EnvironmentFile.parse(subnetFile);
        put(options, "BIP", "--bip=", plain(variables, "FLANNEL_SUBNET", SUBNET));
        put(options, "MTU", "--mtu=", plain(variables, "FLANNEL_MTU", MTU));
        put(options, "IPMASQ", "--ip-masq=", opposite(variables.getOrDefault("FLANNEL_IPMASQ", "")));
        StringBuilder lines = new StringBuilder();
        StringBuilder all = new StringBuilder(environment.getOrDefault(ALL, ""));
        options.forEach((name, option) -> {
            lines.append(name).append("=\"").append(option).append("\"\n");
            all.append(' ').append(option);
        });
        return lines + ALL + "=\"" + all + "\"\n";
    }

    /// The text of a file that `mk-docker-opts.sh` wrote, with this node's subnet and MTU in the place of former ones.
    /// Other options stay, as do files about a bridge outside the pods' network.
    ///
    /// @param subnetFile the text of subnet.env
    public static String updated(String text, String subnetFile) {
        Map<String, String> variables = EnvironmentFile.parse(subnetFile);
        Matcher bridge = BIP.matcher(text);
        String network = variables.getOrDefault("FLANNEL_NETWORK", "");
        String subnet = plain(variables, "FLANNEL_SUBNET", SUBNET);
        String mtu = plain(variables, "FLANNEL_MTU", MTU);
        if (!bridge.find() || network.isEmpty() || subnet.isEmpty() || !isWithin(network, bridge.group("address"))) {
            return text;
        }
        return text.replaceAll(BIP.pattern(), "--bip=" + subnet).replaceAll("--mtu=[0-9]+", "--mtu=" + mtu);
    }

    private static boolean isWithin(String network, String address) {
        try {
            return Cidr.parse(network).contains(Ip.parse(address));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static void put(Map<String, String> options, String name, String flag, String value) {
        if (!value.isEmpty()) {
            options.put(ONE + name, flag + value);
        }
    }

    private static String plain(Map<String, String> variables, String name, Pattern allowed) {
        String value = variables.getOrDefault(name, "");
        if (!allowed.matcher(value).matches()) {
            throw new IllegalArgumentException("Invalid value of " + name + ": " + value);
        }
        return value;
    }

    /// Exactly one of flanneld and Docker should masquerade.
    private static String opposite(String masquerades) {
        return switch (masquerades) {
            case "" -> "";
            case "true" -> "false";
            case "false" -> "true";
            default -> throw new IllegalArgumentException("Invalid value of FLANNEL_IPMASQ: " + masquerades);
        };
    }
}
