package jflannel.lab.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.lab.Lab;
import jflannel.lab.LabHost;
import jflannel.lab.LabNode;
import jflannel.linux.Command;

/// The links between a lab's nodes, whose offloads can be switched off: then each packet crosses them by itself and
/// no larger than the MTU, as with a network card that cannot cut packets. Pods keep the offloads of their own
/// links.
final class LinkOffloads {
    /// Names of ethtool(8)'s for what lets a packet larger than the MTU cross a device. The last is what the udp
    /// backend's datagrams would use; the first, if off, includes what is wrapped by vxlan.
    private static final List<String> FEATURES = List.of(
            "tcp-segmentation-offload",
            "generic-segmentation-offload",
            "generic-receive-offload",
            "tx-udp-segmentation");

    /// A network device, and those of its features that were on when it was new.
    private record Device(LabHost host, String name, Set<String> initial) {}

    private final List<Device> devices = new ArrayList<>();

    LinkOffloads(Lab lab) throws IOException {
        for (LabNode node : lab.nodes()) {
            devices.add(device(node.host(), LabNode.UNDERLAY));
            devices.add(device(lab.router(), node.host().name())); // the other end
        }
    }

    private static Device device(LabHost host, String name) throws IOException {
        return new Device(host, name, enabled(host, name));
    }

    /// @param on false switches them off; true makes them as they were at first
    /// @throws IOException if they do not become so
    void offloads(boolean on) throws IOException {
        for (Device device : devices) {
            Set<String> wanted = on ? device.initial : Set.of();
            List<String> words = new ArrayList<>(List.of("ethtool", "-K", device.name));
            FEATURES.forEach(feature -> words.addAll(List.of(feature, wanted.contains(feature) ? "on" : "off")));
            // it complains of a feature that this kernel lacks, but sets the others
            Command.Result result = device.host.attempt(words.toArray(String[]::new));
            if (!enabled(device.host, device.name).equals(wanted)) {
                throw new IOException("%s: offloads of %s do not become %s: %s"
                        .formatted(
                                device.host.name(),
                                device.name,
                                wanted,
                                result.errors().strip()));
            }
        }
    }

    private static Set<String> enabled(LabHost host, String device) throws IOException {
        return enabled(host.run("ethtool", "-k", device));
    }

    /// @param listing of `ethtool -k`: lines such as `generic-receive-offload: off [fixed]`
    static Set<String> enabled(String listing) {
        return listing.lines()
                .map(line -> line.strip().split(": "))
                .filter(words -> words.length == 2 && words[1].startsWith("on") && FEATURES.contains(words[0]))
                .map(words -> words[0])
                .collect(Collectors.toSet());
    }
}
