package jflannel.kernel;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Another node as a WireGuard device knows it. A network belongs to one peer of a device at most: where another one
/// gets it, the kernel takes it from the former within the same change.
///
/// @param publicKey by which the device knows it
/// @param preshared mixed into the keys of a session; [WireguardSecret#NONE] for none
/// @param host where to send to; null if it is not known
/// @param port the same
/// @param keepalive how many seconds may pass before an empty packet is sent; 0 for as many as will
/// @param networks whose packets go there, and may come from there
public record WireguardPeer(
        int ifIndex,
        WireguardKey publicKey,
        WireguardSecret preshared,
        Ip host,
        int port,
        int keepalive,
        Set<Cidr> networks)
        implements KernelObject {
    public WireguardPeer {
        networks = Set.copyOf(networks);
    }

    /// By what the kernel knows a peer.
    public record Key(int ifIndex, WireguardKey key) {}

    @Override
    public Object key() {
        return new Key(ifIndex, publicKey);
    }

    @Override
    public int rank() {
        return 2;
    }

    /// The same at another place.
    WireguardPeer at(Ip otherHost, int otherPort) {
        return new WireguardPeer(ifIndex, publicKey, preshared, otherHost, otherPort, keepalive, networks);
    }

    /// What to put, one after the other. A peer that reached its network otherwise until now gets an empty packet at
    /// once, which begins a session: it may hold back packets until it hears of this node. One is sent when
    /// keepalives are turned on.
    ///
    /// @param moved networks that packets reached otherwise until now
    List<WireguardPeer> greeting(Set<Cidr> moved) {
        if (keepalive > 0 || networks.stream().noneMatch(moved::contains)) {
            return List.of(this);
        }
        return List.of(new WireguardPeer(ifIndex, publicKey, preshared, host, port, 1, networks), this);
    }

    /// The same with the networks of both.
    public WireguardPeer and(WireguardPeer other) {
        Set<Cidr> all = new TreeSet<>(networks);
        all.addAll(other.networks);
        return new WireguardPeer(ifIndex, publicKey, preshared, host, port, keepalive, all);
    }

    /// Its place as text: `192.0.2.2:51820`; empty if it is not known.
    public String endpoint() {
        if (host == null) {
            return "";
        }
        return host.family() == Family.IPV4 ? host + ":" + port : "[" + host + "]:" + port;
    }

    @Override
    public String toString() {
        return "peer %s at %s for %s dev %d".formatted(publicKey, endpoint(), new TreeSet<>(networks), ifIndex);
    }
}
