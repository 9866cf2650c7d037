package jflannel.kernel;

import java.util.Optional;
import jflannel.ip.Mac;

/// A network device that should exist and be up.
///
/// @param mac its link-layer address; null to let the kernel choose
/// @param mtu in bytes
/// @param checksumOffload whether it may leave checksums of what it sends to the devices below it; empty to leave
///     that as it is
public record Device(String name, LinkKind kind, Mac mac, int mtu, Optional<Boolean> checksumOffload) {
    public Device(String name, LinkKind kind, Mac mac, int mtu) {
        this(name, kind, mac, mtu, Optional.empty());
    }

    /// The device as it is, to be recreated.
    static Device like(Link link) {
        return new Device(link.name(), link.properties(), link.mac(), link.mtu());
    }

    Device named(String other) {
        return new Device(other, kind, mac, mtu, checksumOffload);
    }

    public boolean isSatisfiedBy(Link link) {
        return link.properties() != null && kind.isSatisfiedBy(link.properties());
    }
}
