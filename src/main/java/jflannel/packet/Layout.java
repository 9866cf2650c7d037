package jflannel.packet;

import jflannel.ip.Family;

/// Which headers a packet begins with, in an int, so that a batch of packets keeps it in an array:
/// bytes of an address << 16 | transport protocol << 8 | bytes of the IP header.
final class Layout {
    private Layout() {}

    static int of(Family family, int protocol, int ipHeaderBytes) {
        return family.bytes() << 16 | protocol << 8 | ipHeaderBytes;
    }

    static Family family(int layout) {
        return layout >>> 16 == Family.IPV4.bytes() ? Family.IPV4 : Family.IPV6;
    }

    /// The transport protocol's number.
    static int protocol(int layout) {
        return layout >>> 8 & 0xff;
    }

    static int ipHeaderBytes(int layout) {
        return layout & 0xff;
    }

    /// What a super-packet of such packets is called in a virtio header.
    static int gsoType(int layout) {
        if (protocol(layout) == TransportHeader.UDP) {
            return VirtioHeader.GSO_UDP_L4;
        }
        return family(layout) == Family.IPV4 ? VirtioHeader.GSO_TCPV4 : VirtioHeader.GSO_TCPV6;
    }
}
