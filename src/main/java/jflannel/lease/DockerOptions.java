package jflannel.lease;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/// What the Docker daemon is to be started with, as a file for the `EnvironmentFile=` of its service:
///
/// ```
/// DOCKER_OPT_BIP="--bip=10.244.1.1/24"
/// DOCKER_OPT_IPMASQ="--ip-masq=false"
/// DOCKER_OPT_MTU="--mtu=1450"
/// DOCKER_OPTS=" --bip=10.244.1.1/24 --ip-masq=false --mtu=1450"
/// ```
///
/// The text is the one that `mk-docker-opts.sh` writes where the environment sets no options of its own.
///
/// @param masquerade tell Docker whether to hide the addresses of containers: exactly one of it and flanneld may
/// @param directRouting let Docker, from 28.2 on, take packets that other hosts send to containers
public record DockerOptions(boolean masquerade, boolean directRouting) {
    private static final Pattern SUBNET = Pattern.compile("[0-9./]*");
    private static final Pattern MTU = Pattern.compile("[0-9]*");

    /// @param subnetFile the text of subnet.env; what it lacks is left out
    /// @throws IllegalArgumentException if it holds a value that has no place on a command line
    public String text(String subnetFile) {
        Map<String, String> variables = EnvironmentFile.parse(subnetFile);
        Map<String, String> options = new TreeMap<>();
        put(options, "BIP", "--bip=", plain(variables, "FLANNEL_SUBNET", SUBNET));
        put(options, "MTU", "--mtu=", plain(variables, "FLANNEL_MTU", MTU));
        if (masquerade) {
            put(options, "IPMASQ", "--ip-masq=", opposite(variables.getOrDefault("FLANNEL_IPMASQ", "")));
        }
        if (directRouting) {
            options.put("DOCKER_OPT_DIRECT", "--allow-direct-routing");
        }
        StringBuilder lines = new StringBuilder();
        options.forEach((name, option) ->
                lines.append(name).append("=\"").append(option).append("\"\n"));
        lines.append("DOCKER_OPTS=\"");
        options.values().forEach(option -> lines.append(' ').append(option));
        return lines.append("\"\n").toString();
    }

    private static void put(Map<String, String> options, String name, String flag, String value) {
        if (!value.isEmpty()) {
            options.put("DOCKER_OPT_" + name, flag + value);
        }
    }

    private static String plain(Map<String, String> variables, String name, Pattern allowed) {
        String value = variables.getOrDefault(name, "");
        if (!allowed.matcher(value).matches()) {
            throw new IllegalArgumentException("Invalid value of " + name + ": " + value);
        }
        return value;
    }

    private static String opposite(String masquerades) {
        return switch (masquerades) {
            case "" -> "";
            case "true" -> "false";
            case "false" -> "true";
            default -> throw new IllegalArgumentException("Invalid value of FLANNEL_IPMASQ: " + masquerades);
        };
    }
}
