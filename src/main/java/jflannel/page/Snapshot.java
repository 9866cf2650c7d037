package jflannel.page;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Ip;
import jflannel.kernel.DeviceCounts;
import jflannel.kernelpath.Counts;

/// Everything that the page shows, at one moment. Immutable.
///
/// @param at in milliseconds since 1970
/// @param status as status.json has it
/// @param view empty until the first pass
/// @param silent true if the control thread has not answered for some time
/// @param devices what is counted for the node's devices
/// @param byHost what is counted for each peer's host; empty if they are not counted singly
/// @param filtered packets dropped by the peer filter, by reason
record Snapshot(
        long at,
        Map<String, Object> status,
        Optional<PeerView> view,
        boolean silent,
        List<DeviceCounts> devices,
        Map<Ip, Counts> byHost,
        Map<String, Long> filtered) {}
