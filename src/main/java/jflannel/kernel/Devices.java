package jflannel.kernel;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;

/// Makes the kernel's devices match those that should exist: creates what is missing, corrects what somebody changed,
/// and replaces what cannot be corrected. A device that carries packets is not given up for one that the kernel
/// refuses.
public final class Devices {
    private static final Logger LOG = System.getLogger(Devices.class.getName());
    /// The name of a successor until its predecessor is gone.
    private static final String SUCCESSOR = "flannel-next";

    private final Kernel kernel;
    private final Set<String> expendable;
    private final Set<Integer> own;
    /// The names of all devices that should exist, among which none is a renamed one.
    private Set<String> wanted = Set.of();

    private int changes;

    /// @param expendable names of devices that an earlier configuration of this network made: one that is in the way
    ///     of a desired device may be removed
    /// @param own indexes of the devices as of the last look: one of them may have got another name
    public Devices(Kernel kernel, Set<String> expendable, Set<Integer> own) {
        this.kernel = kernel;
        this.expendable = expendable;
        this.own = own;
    }

    public Devices(Kernel kernel, Set<String> expendable) {
        this(kernel, expendable, Set.of());
    }

    /// How many devices were created, removed or changed.
    public int changes() {
        return changes;
    }

    /// @return the devices as they are now, by name
    /// @throws IOException that names the device the kernel refuses, and what is in its way
    public Map<String, Link> converge(List<Device> desired) throws IOException {
        Map<String, Link> links = new LinkedHashMap<>();
        wanted = desired.stream().map(Device::name).collect(Collectors.toSet());
        for (Device device : desired) {
            links.put(device.name(), converge(device));
        }
        return links;
    }

    private Link converge(Device device) throws IOException {
        Optional<Link> there = kernel.link(device.name());
        if (there.isPresent() && device.isSatisfiedBy(there.get())) {
            return putRight(there.get(), device);
        }
        if (there.isPresent()) {
            requireOurs(there.get(), device);
            explain(there.get(), device);
        }
        removeRenamed(device);
        List<Link> rivals = rivals(device);
        Link made =
                there.isEmpty() || rivals.contains(there.get()) || there.get().properties() == null
                        ? makeInPlaceOf(there.isPresent() && rivals.isEmpty() ? List.of(there.get()) : rivals, device)
                        : makeBeside(there.get(), device);
        return made(made, device);
    }

    private static void requireOurs(Link there, Device device) throws IOException {
        if (!device.kind().mayReplace(there)) {
            throw new IOException(
                    "%s is in the way: it is of kind \"%s\", and flannel needs one of kind \"%s\" with that name. See what made it, and remove it: ip link delete %s"
                            .formatted(there.name(), there.kind(), device.kind().driver(), there.name()));
        }
    }

    private static void explain(Link link, Device device) {
        DeviceNames none = new DeviceNames(Map.of());
        LOG.log(
                Level.INFO,
                "replacing {0}: it is {1}, not {2}",
                device.name(),
                link.properties() == null
                        ? "of kind \"" + link.kind() + "\""
                        : link.properties().words(none),
                device.kind().words(none));
    }

    private Link made(Link link, Device device) throws IOException {
        changes++;
        kernel.admit(link, device);
        setChecksumOffload(link, device);
        LOG.log(
                Level.INFO,
                "made {0} with {1}MTU {2}",
                link.name(),
                link.mac() == null ? "" : "MAC address " + link.mac() + " and ",
                String.valueOf(link.mtu()));
        return link;
    }

    /// Both can exist at once, so the successor comes up first: that proves that the kernel accepts it, and that its
    /// port is free.
    private Link makeBeside(Link old, Device device) throws IOException {
        Optional<Link> stale = kernel.link(SUCCESSOR);
        if (stale.isPresent()) {
            kernel.delete(stale.get());
        }
        Link successor = create(device.named(SUCCESSOR));
        kernel.delete(old);
        return kernel.rename(successor, device.name());
    }

    /// Creates a device that the kernel refuses while the old ones exist. If it is still refused, they come back.
    private Link makeInPlaceOf(List<Link> old, Device device) throws IOException {
        for (Link link : old) {
            kernel.delete(link);
        }
        try {
            return create(device);
        } catch (IOException e) {
            old.stream()
                    .filter(link -> link.properties() != null)
                    .map(Device::like)
                    .forEach(this::restore);
            throw e;
        }
    }

    private void restore(Device old) {
        try {
            kernel.admit(kernel.create(old), old);
            LOG.log(Level.WARNING, "{0} is back as it was", old.name());
        } catch (IOException e) {
            LOG.log(Level.ERROR, "{0} could not be brought back: {1}", old.name(), e.getMessage());
        }
    }

    private Link create(Device device) throws IOException {
        try {
            return kernel.create(device);
        } catch (KernelException e) {
            throw e.is(Errno.EEXIST) || e.is(Errno.EADDRINUSE)
                    ? new IOException(e.getMessage() + ": " + obstacle(device), e)
                    : e;
        }
    }

    /// What keeps the kernel from creating a device, as far as can be seen.
    private String obstacle(Device device) throws IOException {
        List<Link> links = kernel.links();
        return links.stream()
                .filter(link -> link.properties() != null && device.kind().excludes(link.properties()))
                .findFirst()
                .map(link -> "%s is in the way: it has %s. %s"
                        .formatted(
                                link.name(),
                                link.properties().words(DeviceNames.of(links)),
                                device.kind().evasion()))
                .orElse("another program uses the UDP port of %s. Configure another Port"
                        .formatted(device.kind().words(DeviceNames.of(links))));
    }

    /// The devices of this network that keep the kernel from creating this one.
    private List<Link> rivals(Device device) throws IOException {
        return kernel.links().stream()
                .filter(link -> expendable.contains(link.name()) || link.name().equals(device.name()))
                .filter(link -> link.properties() != null && device.kind().excludes(link.properties()))
                .toList();
    }

    /// The kernel allows no second device with the same properties, so one that somebody renamed has to go. Its MAC
    /// address, if it has one, or its index shows that it is this node's.
    private void removeRenamed(Device device) throws IOException {
        for (Link link : kernel.links()) {
            boolean sameMac = device.mac() != null && device.mac().equals(link.mac());
            boolean known = sameMac || own.contains(link.index());
            if (known && device.kind().isRenamed(link, device.name()) && !wanted.contains(link.name())) {
                LOG.log(Level.WARNING, "removing {0}, which was {1}", link.name(), device.name());
                kernel.delete(link);
                changes++;
            }
        }
    }

    private Link putRight(Link link, Device device) throws IOException {
        int before = changes;
        if (device.mac() != null && !device.mac().equals(link.mac())) {
            LOG.log(
                    Level.WARNING,
                    "{0} had its MAC address changed to {1}; setting it back to {2}",
                    link.name(),
                    link.mac(),
                    device.mac());
            kernel.setMac(link, device.mac());
            changes++;
        }
        if (device.mtu() != link.mtu()) {
            LOG.log(
                    Level.INFO,
                    "changing the MTU of {0} from {1} to {2}",
                    link.name(),
                    String.valueOf(link.mtu()),
                    String.valueOf(device.mtu()));
            kernel.setMtu(link, device.mtu());
            changes++;
        }
        if (!link.up()) {
            kernel.setUp(link);
            changes++;
        }
        kernel.admit(link, device);
        if (setChecksumOffload(link, device)) {
            changes++;
        }
        return before == changes
                ? link
                : kernel.link(device.name())
                        .orElseThrow(() -> new IOException("the device " + device.name() + " was just removed"));
    }

    /// @return true if it was otherwise
    private boolean setChecksumOffload(Link link, Device device) throws IOException {
        Optional<Boolean> wanted = device.checksumOffload();
        if (wanted.isEmpty() || wanted.get() == kernel.hasChecksumOffload(link)) {
            return false;
        }
        LOG.log(Level.INFO, "turning checksum offload of {0} {1}", device.name(), wanted.get() ? "on" : "off");
        kernel.setChecksumOffload(link, wanted.get());
        return true;
    }
}
