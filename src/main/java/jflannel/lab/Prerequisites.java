package jflannel.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ipsec.Charon;
import jflannel.kernel.WireguardDevices;
import jflannel.lease.ConfigException;
import jflannel.linux.Command;

/// Checks what a lab needs of the machine, before creating anything.
final class Prerequisites {
    private static final Path TUN = Path.of("/dev/net/tun");

    /// Programs, by their Debian package.
    private static final Map<String, List<String>> PROGRAMS = new LinkedHashMap<>();

    static {
        PROGRAMS.put("iproute2", List.of("ip"));
        PROGRAMS.put("iputils-ping", List.of("ping"));
        PROGRAMS.put("etcd-server", List.of("etcd"));
        PROGRAMS.put("etcd-client", List.of("etcdctl"));
        PROGRAMS.put("util-linux", List.of("setpriv", "setsid"));
    }

    private Prerequisites() {}

    /// @throws ConfigException if something is missing, with what to do
    static void check(Scenario scenario) {
        List<String> programs = new ArrayList<>();
        List<String> packages = new ArrayList<>();
        PROGRAMS.forEach((debian, names) -> names.stream()
                .filter(name -> Command.find(name).isEmpty())
                .forEach(name -> {
                    programs.add(name);
                    packages.add(debian);
                }));
        if (!programs.isEmpty()) {
            throw new ConfigException("A lab needs programs that are not in PATH: %s. Debian: apt-get install %s."
                    .formatted(
                            String.join(", ", programs),
                            String.join(" ", packages.stream().distinct().toList())));
        }
        obstacle(scenario).ifPresent(what -> {
            throw new ConfigException("--backend", scenario.title(), what);
        });
    }

    /// What prevents this user from running the scenario on this machine, and what to do about it.
    static Optional<String> obstacle(Scenario scenario) {
        if (scenario == Scenario.WIREGUARD) {
            return WireguardDevices.areSupported()
                    ? Optional.empty()
                    : Optional.of(
                            "This kernel has no WireGuard. Load its module (modprobe wireguard), or install the program that"
                                    + " does the same: apt-get install wireguard-go.");
        }
        if (scenario == Scenario.IPIP) {
            return hasIpip()
                    ? Optional.empty()
                    : Optional.of("This kernel has no ipip. Load its module: modprobe ipip.");
        }
        if (scenario == Scenario.IPSEC) {
            return obstacleToIpsec();
        }
        if (scenario != Scenario.UDP && scenario != Scenario.UDP_DAEMON || Files.isWritable(TUN)) {
            return Optional.empty();
        }
        return Optional.of(
                Files.exists(TUN)
                        ? "It needs %s, which this user may not open. Run as root, or do as most systems: chmod 666 %1$s."
                                .formatted(TUN)
                        : "It needs %s, which does not exist on this machine. Do: modprobe tun.".formatted(TUN));
    }

    private static Optional<String> obstacleToIpsec() {
        if (Charon.program().isEmpty()) {
            return Optional.of(
                    "It needs strongSwan's charon. Debian: apt-get install --no-install-recommends charon-systemd"
                            + " libstrongswan-standard-plugins.");
        }
        boolean device = succeeds("ip", "link", "add", "name", "flannelx", "type", "dummy");
        boolean esp =
                succeeds(("ip xfrm state add src 192.0.2.1 dst 192.0.2.2 proto esp spi 1 mode tunnel reqid 11 aead"
                                + " rfc4106(gcm(aes)) 0x" + "0".repeat(40) + " 128")
                        .split(" "));
        return device && esp
                ? Optional.empty()
                : Optional.of("This kernel has no %s, which it needs. Do: modprobe %s, or use another kernel."
                        .formatted(esp ? "dummy devices" : "ESP with AES-GCM", esp ? "dummy" : "esp4"));
    }

    /// Tries something in a network namespace of its own.
    private static boolean succeeds(String... words) {
        List<String> all = new ArrayList<>(List.of("unshare", "--net"));
        all.addAll(List.of(words));
        try {
            return Command.attempt("", all.toArray(String[]::new)).exitCode() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    /// @return an addition to a message, for users without root who try what only root may do
    static String hint(String fault) {
        boolean refused = fault.contains("Permission denied") || fault.contains("Operation not permitted");
        return refused && isRootless() ? " This lab runs without root, which may be the reason. Try it as root." : "";
    }

    /// In a user namespace not all of the machine's users exist.
    private static boolean isRootless() {
        try {
            return !Files.readString(Path.of("/proc/self/uid_map")).strip().matches("0 +0 +4294967295");
        } catch (IOException e) {
            return false;
        }
    }

    /// Tries it out, in a namespace that ends with the attempt.
    private static boolean hasIpip() {
        try {
            return Command.attempt("", "unshare", "--net", "ip", "link", "add", "type", "ipip", "local", "192.0.2.1")
                            .exitCode()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
