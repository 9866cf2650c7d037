package jflannel.dataplane;

import jflannel.ip.Family;
import jflannel.ip.Ip;

/// Where a peer's datagrams go to and come from.
///
/// @param address the peer's public address, of either family
/// @param port UDP port in host order, 1 to 65535
public record Endpoint(Ip address, int port) {
    /// @throws IllegalArgumentException if no single host can be reached there
    public Endpoint {
        if (address.isAny() || address.isMulticast()) {
            throw new IllegalArgumentException(address + " is not the address of one host");
        }
        requirePort(port);
    }

    static void requirePort(int port) {
        if (port < 1 || port > 65535) {
            throw new IllegalArgumentException("a UDP port is a number from 1 to 65535, not " + port);
        }
    }

    /// `192.0.2.2:8285` or `[2001:db8::2]:8285`.
    @Override
    public String toString() {
        return address.family() == Family.IPV4 ? address + ":" + port : "[" + address + "]:" + port;
    }
}
