package jflannel.kernel;

import jflannel.ip.Mac;

/// A network device that should exist and be up.
///
/// @param mac its link-layer address; null to let the kernel choose
/// @param mtu in bytes
public record Device(String name, LinkKind kind, Mac mac, int mtu) {
    /// The device as it is, to be recreated.
    static Device like(Link link) {
        return new Device(link.name(), link.properties(), link.mac(), link.mtu());
    }

    Device named(String other) {
        return new Device(other, kind, mac, mtu);
    }

    boolean isSatisfiedBy(Link link) {
        return link.properties() != null && kind.isSatisfiedBy(link.properties());
    }
}
