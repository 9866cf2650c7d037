package jflannel.control;

import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.ip.Ip;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.lease.ConfigException;
import jflannel.options.Options;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.underlay.InterfaceChoice;
import jflannel.underlay.Underlay;

/// Looks whether the interface and addresses that lead to the other nodes are still what they were. For one thread.
record UnderlayWatch(Options options, Kernel kernel, Board board) {

    /// True if another interface or other addresses lead to the other nodes by now. Until there are some, it is a
    /// condition of the node, and no change.
    boolean hasMoved(Overlay overlay) {
        try {
            if (isThere(overlay.underlay())) {
                board.clear(Condition.UNDERLAY_MISSING);
                return false;
            }
            Underlay now = InterfaceChoice.from(kernel)
                    .choose(
                            options.iface.withPublicIps(overlay.publicIps()),
                            overlay.network().pools().keySet());
            boolean stopgap = isStopgap(now, overlay.underlay());
            board.set(Condition.UNDERLAY_MISSING, stopgap ? "there is only " + now.words() : "");
            return !stopgap && !now.withMtu(0).equals(overlay.underlay().withMtu(0));
        } catch (IOException | ConfigException e) {
            // one of the next looks finds the new one
            board.raise(
                    Condition.UNDERLAY_MISSING,
                    String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
            return false;
        }
    }

    /// True if the interface has the addresses that it had, none of which can be better.
    private boolean isThere(Underlay underlay) throws IOException {
        Optional<Link> link = kernel.link(underlay.device());
        if (link.isEmpty()) {
            return false;
        }
        Set<Ip> held = kernel.addresses().stream()
                .filter(address -> address.address().ifIndex() == link.get().index())
                .map(address -> address.address().ip())
                .collect(Collectors.toSet());
        return held.containsAll(underlay.addresses().values())
                && underlay.addresses().values().stream().noneMatch(Ip::isLinkLocal);
    }

    /// True if the interface has only a link-local address left where it had a better one. An interface that goes
    /// down and up loses its IPv6 addresses, and gets the others back a moment later.
    private static boolean isStopgap(Underlay now, Underlay before) {
        return now.addresses().entrySet().stream()
                .anyMatch(entry -> entry.getValue().isLinkLocal()
                        && !before.addresses().get(entry.getKey()).isLinkLocal());
    }
}
