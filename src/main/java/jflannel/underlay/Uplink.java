package jflannel.underlay;

import jflannel.ip.Ip;

/// How this node reaches other nodes in one family.
///
/// @param device name of the interface that carries traffic between nodes
/// @param mtu of that interface at start, in bytes
/// @param address this node's own, on that interface or, in a routed fabric, on the loopback device
/// @param publicIp the address other nodes send to; differs from `address` behind NAT
public record Uplink(String device, int mtu, Ip address, Ip publicIp) {
    Uplink withMtu(int other) {
        return new Uplink(device, other, address, publicIp);
    }

    /// For the log: `192.0.2.1 known to others as 203.0.113.1`.
    String words() {
        return publicIp.equals(address) ? address.toString() : address + " known to others as " + publicIp;
    }
}
