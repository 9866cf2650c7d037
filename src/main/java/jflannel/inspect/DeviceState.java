package jflannel.inspect;

import static java.util.stream.Collectors.toMap;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import jflannel.control.Overlay;
import jflannel.kernel.Device;
import jflannel.kernel.Link;

/// A device of the backend's.
///
/// @param wanted as it should be; empty for a TUN device and what belongs to it, which the daemon opens
/// @param found as it is; empty if there is none of that name
public record DeviceState(String name, Optional<Device> wanted, Optional<Link> found) {
    /// Those of an overlay.
    ///
    /// @param all devices of this host
    static List<DeviceState> of(Overlay overlay, List<Link> all) {
        Map<String, Link> links = all.stream().collect(toMap(Link::name, Function.identity(), (one, _) -> one));
        Map<String, Device> wanted = new LinkedHashMap<>();
        overlay.backend().devices().forEach(device -> wanted.put(device.name(), device));
        Set<String> names = new HashSet<>(overlay.backend().deviceNames());
        names.removeIf(name -> overlay.backend().detourDevices().contains(name) && !links.containsKey(name));
        return names.stream()
                .sorted()
                .map(name -> new DeviceState(
                        name, Optional.ofNullable(wanted.get(name)), Optional.ofNullable(links.get(name))))
                .toList();
    }

    /// True if it is there, is up, and has the properties that it should have.
    public boolean isRight() {
        return found.filter(link -> link.up()
                        && wanted.stream().allMatch(device -> device.isSatisfiedBy(link) && link.mtu() == device.mtu()))
                .isPresent();
    }
}
