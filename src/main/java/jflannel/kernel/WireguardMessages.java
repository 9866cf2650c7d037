package jflannel.kernel;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.Genetlink;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// The messages of WireGuard's interface: WG_CMD_*, WGDEVICE_A_*, WGPEER_A_* and WGALLOWEDIP_A_* of linux/wireguard.h.
///
/// Each peer is set by a message of its own, so that the kernel's answer says which one it refuses, and a list of any
/// length fits.
///
/// @param family the number of the interface
record WireguardMessages(int family) {
    static final String FAMILY = "wireguard";

    private static final int VERSION = 1;
    private static final int GET_DEVICE = 0;
    private static final int SET_DEVICE = 1;

    private static final int DEVICE_IFINDEX = 1;
    private static final int DEVICE_PRIVATE_KEY = 3;
    private static final int DEVICE_PUBLIC_KEY = 4;
    private static final int DEVICE_LISTEN_PORT = 6;
    private static final int DEVICE_PEERS = 8;

    private static final int PEER_PUBLIC_KEY = 1;
    private static final int PEER_PRESHARED_KEY = 2;
    private static final int PEER_FLAGS = 3;
    private static final int PEER_ENDPOINT = 4;
    private static final int PEER_KEEPALIVE = 5;
    private static final int PEER_LAST_HANDSHAKE = 6;
    private static final int PEER_RX_BYTES = 7;
    private static final int PEER_TX_BYTES = 8;
    private static final int PEER_NETWORKS = 9;
    private static final int REMOVE_PEER = 1;
    private static final int REPLACE_NETWORKS = 2;

    private static final int NETWORK_FAMILY = 1;
    private static final int NETWORK_IP = 2;
    private static final int NETWORK_LENGTH = 3;

    Request read(int ifIndex) {
        byte[] body = Genetlink.body(GET_DEVICE, VERSION)
                .u32Attribute(DEVICE_IFINDEX, ifIndex)
                .bytes();
        return new Request(family, 0, body, "read", "the peers of dev " + ifIndex);
    }

    /// Gives a device its key and its port. What it has already is left alone, with its sessions.
    Request configure(Link link, Wireguard wanted) {
        byte[] body = Genetlink.body(SET_DEVICE, VERSION)
                .u32Attribute(DEVICE_IFINDEX, link.index())
                .attribute(DEVICE_PRIVATE_KEY, wanted.key().bytes())
                .u16Attribute(DEVICE_LISTEN_PORT, wanted.port())
                .bytes();
        return new Request(family, 0, body, "configure", "the WireGuard device " + link.name());
    }

    /// Adds a peer or changes it, and moves its networks to it, all in one step.
    Request put(WireguardPeer peer) {
        MessageWriter out = Genetlink.body(SET_DEVICE, VERSION).u32Attribute(DEVICE_IFINDEX, peer.ifIndex());
        nest(
                out,
                DEVICE_PEERS,
                peers -> nest(peers, 0, one -> {
                    one.attribute(PEER_PUBLIC_KEY, peer.publicKey().bytes())
                            .u32Attribute(PEER_FLAGS, REPLACE_NETWORKS)
                            .attribute(PEER_PRESHARED_KEY, peer.preshared().bytes());
                    if (peer.host() != null) {
                        one.attribute(PEER_ENDPOINT, socketAddress(peer.host(), peer.port()));
                    }
                    one.u16Attribute(PEER_KEEPALIVE, peer.keepalive());
                    nest(
                            one,
                            PEER_NETWORKS,
                            networks -> peer.networks().stream()
                                    .sorted()
                                    .forEach(network -> nest(networks, 0, each -> write(network, each))));
                }));
        return new Request(family, 0, out.bytes(), "put", peer);
    }

    private static void write(Cidr network, MessageWriter out) {
        out.u16Attribute(NETWORK_FAMILY, network.family().af())
                .attribute(NETWORK_IP, network.address().bytes())
                .u8Attribute(NETWORK_LENGTH, network.length());
    }

    Request delete(WireguardPeer peer) {
        MessageWriter out = Genetlink.body(SET_DEVICE, VERSION).u32Attribute(DEVICE_IFINDEX, peer.ifIndex());
        nest(
                out,
                DEVICE_PEERS,
                peers -> nest(
                        peers,
                        0,
                        one -> one.attribute(PEER_PUBLIC_KEY, peer.publicKey().bytes())
                                .u32Attribute(PEER_FLAGS, REMOVE_PEER)));
        return new Request(family, 0, out.bytes(), "delete", peer);
    }

    private interface Content {
        void write(MessageWriter out);
    }

    /// The kernel insists on the flag here.
    private static void nest(MessageWriter out, int type, Content content) {
        out.nested(type | Rtnetlink.NLA_F_NESTED, content::write);
    }

    /// `struct sockaddr_in` or `sockaddr_in6`.
    private static byte[] socketAddress(Ip host, int port) {
        MessageWriter out =
                new MessageWriter().u16(host.family().af()).u8(port >>> 8).u8(port);
        return host.family() == Family.IPV4
                ? out.raw(host.bytes()).zeros(8).bytes()
                : out.u32(0).raw(host.bytes()).u32(0).bytes();
    }

    /// A part of what the kernel says of a device: it may take several messages, and split one peer between two.
    static WireguardState decode(int ifIndex, MessageReader in) throws KernelException {
        Genetlink.content(in);
        Optional<WireguardKey> key = Optional.empty();
        int port = 0;
        List<WireguardState.Peer> peers = new ArrayList<>();
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case DEVICE_PUBLIC_KEY -> key = Optional.of(WireguardKey.of(fixed(in, WireguardKey.LENGTH)));
                case DEVICE_LISTEN_PORT -> port = in.u16Attribute();
                case DEVICE_PEERS -> {
                    MessageReader list = in.nested();
                    while (list.nextAttribute()) {
                        peers.add(peer(ifIndex, list.nested()));
                    }
                }
                default -> {} // its names, its mark, and its private key, which is not looked at
            }
        }
        return new WireguardState(key, port, peers);
    }

    private static WireguardState.Peer peer(int ifIndex, MessageReader in) throws KernelException {
        WireguardKey key = null;
        WireguardSecret preshared = WireguardSecret.NONE;
        Place place = new Place(null, 0);
        int keepalive = 0;
        Set<Cidr> networks = new HashSet<>();
        long lastHandshake = 0;
        long received = 0;
        long sent = 0;
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case PEER_PUBLIC_KEY -> key = WireguardKey.of(fixed(in, WireguardKey.LENGTH));
                case PEER_PRESHARED_KEY -> preshared = WireguardSecret.of(fixed(in, WireguardKey.LENGTH));
                case PEER_ENDPOINT -> place = place(in.nested());
                case PEER_KEEPALIVE -> keepalive = in.u16Attribute();
                case PEER_LAST_HANDSHAKE -> lastHandshake = in.nested().u64();
                case PEER_RX_BYTES -> received = in.nested().u64();
                case PEER_TX_BYTES -> sent = in.nested().u64();
                case PEER_NETWORKS -> networks(in.nested(), networks);
                default -> {} // the version of the protocol
            }
        }
        if (key == null) {
            throw in.malformed("a peer without a key");
        }
        WireguardPeer settings =
                new WireguardPeer(ifIndex, key, preshared, place.host, place.port, keepalive, networks);
        return new WireguardState.Peer(settings, lastHandshake, received, sent);
    }

    private record Place(Ip host, int port) {}

    private static Place place(MessageReader in) throws KernelException {
        Family family = Family.ofAf(in.u16());
        int port = in.u8() << 8 | in.u8();
        if (family == null) {
            throw in.malformed("an endpoint that is neither IPv4 nor IPv6");
        }
        in.skip(family == Family.IPV4 ? 0 : 4);
        return new Place(Ip.of(in.raw(family.bytes())), port);
    }

    private static void networks(MessageReader list, Set<Cidr> found) throws KernelException {
        while (list.nextAttribute()) {
            MessageReader in = list.nested();
            Ip ip = null;
            int length = 0;
            while (in.nextAttribute()) {
                switch (in.attributeType()) {
                    case NETWORK_IP -> ip = in.ip();
                    case NETWORK_LENGTH -> length = in.u8Attribute();
                    default -> {} // its family, which the length of the address tells
                }
            }
            if (ip == null || length > ip.family().bits()) {
                throw in.malformed("a network without an address, or with a prefix of " + length + " bits");
            }
            found.add(new Cidr(ip, length));
        }
    }

    private static byte[] fixed(MessageReader in, int length) throws KernelException {
        byte[] bytes = in.bytesAttribute();
        if (bytes.length != length) {
            throw in.malformed(
                    "attribute %d has %d bytes instead of %d".formatted(in.attributeType(), bytes.length, length));
        }
        return bytes;
    }

    /// What several messages say of one device.
    static WireguardState join(List<WireguardState> parts) {
        Optional<WireguardKey> key = Optional.empty();
        int port = 0;
        List<WireguardState.Peer> peers = new ArrayList<>();
        for (WireguardState part : parts) {
            key = key.or(part::publicKey);
            port = port == 0 ? part.port() : port;
            for (WireguardState.Peer peer : part.peers()) {
                boolean goesOn = !peers.isEmpty()
                        && peers.getLast()
                                .settings()
                                .key()
                                .equals(peer.settings().key());
                peers.add(goesOn ? continued(peers.removeLast(), peer) : peer);
            }
        }
        return new WireguardState(key, port, List.copyOf(peers));
    }

    /// The kernel repeats only the key of a peer whose networks go on in the next message.
    private static WireguardState.Peer continued(WireguardState.Peer peer, WireguardState.Peer rest) {
        WireguardPeer is = peer.settings();
        Set<Cidr> networks = new HashSet<>(is.networks());
        networks.addAll(rest.settings().networks());
        WireguardPeer whole = new WireguardPeer(
                is.ifIndex(), is.publicKey(), is.preshared(), is.host(), is.port(), is.keepalive(), networks);
        return new WireguardState.Peer(whole, peer.lastHandshake(), peer.received(), peer.sent());
    }
}
