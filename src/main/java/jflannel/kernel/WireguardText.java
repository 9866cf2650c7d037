package jflannel.kernel;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;

/// The text by which WireGuard outside the kernel is configured: lines of `key=value`, and an empty one at the end.
/// <https://www.wireguard.com/xplatform/>
final class WireguardText {
    static final String READ = "get=1\n\n";
    private static final String SET = "set=1\n";
    private static final HexFormat HEX = HexFormat.of();

    private WireguardText() {}

    /// The difference between what a device has and what it should have; empty if there is none. Even a port that it
    /// has already would be closed and opened.
    static String configure(Device there, Wireguard wanted) {
        String key = there.key.equals(wanted.key()) ? "" : line("private_key", hex(wanted.key()));
        String port = there.state.port() == wanted.port() ? "" : line("listen_port", wanted.port());
        return key.isEmpty() && port.isEmpty() ? "" : SET + key + port + "\n";
    }

    /// Adds a peer or changes it, and moves its networks to it.
    static String put(WireguardPeer peer) {
        StringBuilder text = new StringBuilder(SET)
                .append(line("public_key", HEX.formatHex(peer.publicKey().bytes())))
                .append(line("replace_allowed_ips", true))
                .append(line("preshared_key", hex(peer.preshared())));
        if (peer.host() != null) {
            text.append(line("endpoint", peer.endpoint()));
        }
        text.append(line("persistent_keepalive_interval", peer.keepalive()));
        peer.networks().stream().sorted().forEach(network -> text.append(line("allowed_ip", network)));
        return text.append('\n').toString();
    }

    /// Puts a peer where it is.
    static String place(WireguardPeer peer) {
        return SET
                + line("public_key", HEX.formatHex(peer.publicKey().bytes()))
                + line("update_only", true)
                + line("endpoint", peer.endpoint())
                + "\n";
    }

    static String delete(WireguardPeer peer) {
        return SET + line("public_key", HEX.formatHex(peer.publicKey().bytes())) + line("remove", true) + "\n";
    }

    private static String line(String key, Object value) {
        return key + "=" + value + "\n";
    }

    private static String hex(WireguardSecret secret) {
        return HEX.formatHex(secret.bytes());
    }

    /// A device as it describes itself.
    ///
    /// @param key its private key
    record Device(WireguardSecret key, WireguardState state) {}

    /// @throws KernelException if it is an error, or no description
    static Device decode(int ifIndex, List<String> answer) throws KernelException {
        WireguardSecret key = WireguardSecret.NONE;
        int port = 0;
        List<WireguardState.Peer> peers = new ArrayList<>();
        Draft draft = null;
        for (String line : answer) {
            int equals = Math.max(0, line.indexOf('='));
            String value = line.substring(Math.min(line.length(), equals + 1));
            try {
                switch (line.substring(0, equals)) {
                    case "private_key" -> key = WireguardSecret.of(HEX.parseHex(value));
                    case "listen_port" -> port = Integer.parseInt(value);
                    case "public_key" -> {
                        end(draft, ifIndex, peers);
                        draft = new Draft(WireguardKey.of(HEX.parseHex(value)));
                    }
                    case "errno" -> requireNone(Integer.parseInt(value));
                    default -> {
                        if (draft != null) {
                            draft.take(line.substring(0, equals), value);
                        }
                    }
                }
            } catch (IllegalArgumentException e) {
                throw new KernelException(
                        "read the peers of dev " + ifIndex,
                        Errno.EBADMSG.number(),
                        "a line that begins with " + line.substring(0, equals)); // what follows may be a key
            }
        }
        end(draft, ifIndex, peers);
        return new Device(key, new WireguardState(Optional.empty(), port, List.copyOf(peers)));
    }

    private static void end(Draft draft, int ifIndex, List<WireguardState.Peer> peers) {
        if (draft != null) {
            peers.add(draft.peer(ifIndex));
        }
    }

    /// @throws KernelException if it is not 0
    private static void requireNone(int errno) throws KernelException {
        if (errno != 0) {
            throw refusal("read a WireGuard device", errno);
        }
    }

    /// @param errno as it stands in an answer: negative, as in the kernel
    static KernelException refusal(String operation, int errno) {
        return new KernelException(operation, Math.abs(errno), "wireguard-go refuses");
    }

    /// A peer while it is read.
    private static final class Draft {
        private final WireguardKey key;
        private final Set<Cidr> networks = new HashSet<>();
        private WireguardSecret preshared = WireguardSecret.NONE;
        private Ip host;
        private int port;
        private int keepalive;
        private long lastHandshake;
        private long received;
        private long sent;

        Draft(WireguardKey key) {
            this.key = key;
        }

        void take(String name, String value) {
            switch (name) {
                case "preshared_key" -> preshared = WireguardSecret.of(HEX.parseHex(value));
                case "endpoint" -> {
                    int colon = value.lastIndexOf(':');
                    host = Ip.parse(value.substring(0, Math.max(0, colon)).replaceAll("^\\[|]$", ""));
                    port = Integer.parseInt(value.substring(colon + 1));
                }
                case "persistent_keepalive_interval" -> keepalive = Integer.parseInt(value);
                case "last_handshake_time_sec" -> lastHandshake = Long.parseLong(value);
                case "rx_bytes" -> received = Long.parseLong(value);
                case "tx_bytes" -> sent = Long.parseLong(value);
                case "allowed_ip" -> networks.add(Cidr.parse(value));
                default -> {} // the version of the protocol, and fractions of a second
            }
        }

        WireguardState.Peer peer(int ifIndex) {
            return new WireguardState.Peer(
                    new WireguardPeer(ifIndex, key, preshared, host, port, keepalive, networks),
                    lastHandshake,
                    received,
                    sent);
        }
    }
}
