package jflannel.control;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.lease.ConfigException;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.underlay.Underlay;
import jflannel.underlay.UnderlayChoice;
import jflannel.underlay.Uplink;

/// Checks whether the interface and addresses that lead to the other nodes are still the same. For one thread.
record UnderlayWatch(Overlays overlays, Kernel kernel, Board board) {
    private static final int LOOPBACK = 1; // LOOPBACK_IFINDEX, include/net/net_namespace.h

    /// True if another interface or other addresses lead to the other nodes by now. Until there are some, it is a
    /// condition of the node, and no change.
    boolean hasMoved(Overlay overlay) {
        try {
            if (isThere(overlay.underlay())) {
                board.clear(Condition.UNDERLAY_MISSING);
                return false;
            }
            return switch (overlays.underlay(
                    overlay.network(), overlay.publicIps(), Optional.of(overlay.announcement()))) {
                case UnderlayChoice.Chosen chosen -> isBetter(chosen.underlay(), overlay.underlay());
                case UnderlayChoice.Missing missing -> {
                    board.raise(Condition.UNDERLAY_MISSING, missing.what());
                    yield false;
                }
            };
        } catch (IOException | ConfigException e) {
            // one of the next looks finds the new one
            board.raise(
                    Condition.UNDERLAY_MISSING,
                    String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
            return false;
        }
    }

    private boolean isBetter(Underlay now, Underlay before) {
        boolean stopgap = isStopgap(now, before);
        board.set(Condition.UNDERLAY_MISSING, stopgap ? "there is only " + now.words() : "");
        return !stopgap && !now.withMtu(0).equals(before.withMtu(0));
    }

    /// True if the interfaces have the addresses that they had, none of which can be better. In a routed fabric an
    /// address is on the loopback device.
    private boolean isThere(Underlay underlay) throws IOException {
        List<InterfaceAddress> addresses = kernel.addresses();
        for (Uplink uplink : underlay.uplinks().values()) {
            Optional<Link> link = kernel.link(uplink.device());
            boolean held = addresses.stream()
                    .filter(it -> it.address().ip().equals(uplink.address()))
                    .map(it -> it.address().ifIndex())
                    .anyMatch(index -> index == LOOPBACK
                            || link.filter(it -> it.index() == index).isPresent());
            if (link.isEmpty() || !held || uplink.address().isLinkLocal()) {
                return false;
            }
        }
        return true;
    }

    /// True if the interface has only a link-local address left where it had a better one. An interface that goes
    /// down and up loses its IPv6 addresses, and gets the others back a moment later.
    private static boolean isStopgap(Underlay now, Underlay before) {
        return now.addresses().entrySet().stream()
                .anyMatch(entry -> entry.getValue().isLinkLocal()
                        && !before.addresses().get(entry.getKey()).isLinkLocal());
    }
}
