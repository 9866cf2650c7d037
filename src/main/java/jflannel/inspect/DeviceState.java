package jflannel.inspect;

import java.util.Optional;
import jflannel.kernel.Device;
import jflannel.kernel.Link;

/// A device of the backend's.
///
/// @param wanted as it should be; empty for a TUN device and what belongs to it, which the daemon opens
/// @param found as it is; empty if there is none of that name
public record DeviceState(String name, Optional<Device> wanted, Optional<Link> found) {
    /// True if it is there, is up, and has the properties that it should have.
    public boolean isRight() {
        return found.filter(link -> link.up()
                        && wanted.stream().allMatch(device -> device.isSatisfiedBy(link) && link.mtu() == device.mtu()))
                .isPresent();
    }
}
