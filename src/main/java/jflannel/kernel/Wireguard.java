package jflannel.kernel;

import jflannel.netlink.MessageWriter;

/// A WireGuard device. Only that it is one belongs to the link; its key, its port and its peers are configured by an
/// interface of their own: [WireguardSocket].
///
/// @param key its private key; null in what was read
/// @param port its UDP port over IPv4 and IPv6; 0 in what was read
public record Wireguard(WireguardSecret key, int port) implements LinkKind {
    static final String DRIVER = "wireguard";
    /// As the kernel lists it.
    static final Wireguard ANY = new Wireguard(null, 0);

    @Override
    public String driver() {
        return DRIVER;
    }

    @Override
    public void encode(MessageWriter out) {}

    /// Any will do: it keeps its sessions while its key and port are set.
    @Override
    public boolean isSatisfiedBy(LinkKind there) {
        return there instanceof Wireguard;
    }

    /// That of a program is, to the kernel, like any that a program made, and the program goes on by the former name.
    @Override
    public boolean isRenamed(Link there, String name) {
        return LinkKind.super.isRenamed(there, name)
                || there.kind().equals(WireguardProgram.DRIVER) && WireguardProgram.has(name);
    }

    @Override
    public String words(DeviceNames names) {
        return port == 0 ? DRIVER : DRIVER + ", port " + port;
    }
}
