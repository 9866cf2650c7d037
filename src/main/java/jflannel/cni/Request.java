package jflannel.cni;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What the runtime asks for, from the variables `CNI_…` of the environment. Those that a command does not need are
/// empty.
///
/// @param containerId names a file, so only letters, digits, `_`, `.` and `-` are allowed, and no dot in front
/// @param netns path of the container's network namespace
/// @param ifName the interface that the container is to get, at most 15 characters
/// @param path the directories of plugins, separated by colons
/// @param anyNetns the namespace may even be the plugin's own
record Request(String command, String containerId, String netns, String ifName, String path, boolean anyNetns) {
    private static final int LONGEST_IF_NAME = 15; // IFNAMSIZ - 1, linux/if.h

    /// @throws CniException if a variable is missing or cannot be used
    static Request of(Map<String, String> environment) {
        String command = environment.getOrDefault("CNI_COMMAND", "");
        List<String> needed = new ArrayList<>(needed(command));
        needed.removeIf(name -> !environment.getOrDefault(name, "").isEmpty());
        if (!needed.isEmpty()) {
            throw wrong("required env variables [" + String.join(",", needed) + "] missing", "");
        }
        String any = environment.getOrDefault("CNI_NETNS_OVERRIDE", "");
        return new Request(
                command,
                environment.getOrDefault("CNI_CONTAINERID", ""),
                environment.getOrDefault("CNI_NETNS", ""),
                environment.getOrDefault("CNI_IFNAME", ""),
                environment.getOrDefault("CNI_PATH", ""),
                any.equalsIgnoreCase("true") || any.equals("1"));
    }

    private static List<String> needed(String command) {
        return switch (command) {
            case "ADD", "CHECK" -> List.of("CNI_CONTAINERID", "CNI_NETNS", "CNI_IFNAME", "CNI_PATH");
            case "DEL" -> List.of("CNI_CONTAINERID", "CNI_IFNAME", "CNI_PATH");
            case "GC", "STATUS" -> List.of("CNI_PATH");
            case "VERSION" -> List.of();
            default -> throw wrong("unknown CNI_COMMAND: " + command, "");
        };
    }

    /// @throws CniException if the command is about one container, and its names cannot be used
    void checkNames() {
        if (!command.equals("GC") && !command.equals("STATUS")) {
            if (!isName(containerId)) {
                throw wrong("invalid characters in containerID", containerId);
            }
            checkIfName(ifName);
        }
    }

    /// True for names of containers and networks: `[a-zA-Z0-9][a-zA-Z0-9_.-]*`.
    static boolean isName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!plain && (i == 0 || c != '_' && c != '.' && c != '-')) {
                return false;
            }
        }
        return !name.isEmpty();
    }

    private static void checkIfName(String name) {
        if (name.length() > LONGEST_IF_NAME) {
            throw wrong("interface name is too long", "interface name should be less than 16 characters");
        }
        if (name.equals(".") || name.equals("..")) {
            throw wrong("interface name is . or ..", "");
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '/' || c == ':' || Character.isWhitespace(c)) {
                throw wrong("interface name contains / or : or whitespace characters", "");
            }
        }
    }

    private static CniException wrong(String message, String details) {
        return new CniException(CniException.ENVIRONMENT, message, details);
    }
}
