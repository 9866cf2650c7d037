package jflannel.trace;

import java.util.ArrayList;
import java.util.List;

/// A step on a packet's way.
///
/// @param node the host that it happens on: `this node`, or the address of another one
/// @param predicted true if it was concluded from what is known here, because it happens elsewhere
/// @param daemon true if a process carries the packet, false if the kernel does
/// @param device the packet is at, or about to leave by; empty if there is none
/// @param packet its headers, the outermost first, as they are after this step
/// @param what happens, in one line
/// @param evidence lines as the kernel's and the firewall's own tools print them
/// @param reason why it does not pass, or why that is not known; empty if it does
/// @param remedy what to do about it; empty if there is nothing to do, or nothing known
public record Hop(
        Step step,
        String node,
        boolean predicted,
        boolean daemon,
        String device,
        String packet,
        String what,
        List<String> evidence,
        Verdict verdict,
        String reason,
        String remedy) {
    /// The host that the trace is made on.
    public static final String HERE = "this node";

    public Hop {
        evidence = List.copyOf(evidence);
    }

    /// One on this node that passes.
    static Hop of(Step step, String device, String packet, String what) {
        return new Hop(step, HERE, false, false, device, packet, what, List.of(), Verdict.OK, "", "");
    }

    /// A device of another node, which that node watches.
    public static Hop watched(String host, String device) {
        return new Hop(Step.DEVICE, host, false, false, device, "", "watched there", List.of(), Verdict.OK, "", "");
    }

    /// True for one on another node that was really watched.
    boolean isWatchedElsewhere() {
        return !predicted && !node.equals(HERE);
    }

    Hop because(String... more) {
        return because(List.of(more));
    }

    Hop because(List<String> more) {
        List<String> all = new ArrayList<>(evidence);
        more.stream().filter(line -> !line.isEmpty()).forEach(all::add);
        return new Hop(step, node, predicted, daemon, device, packet, what, all, verdict, reason, remedy);
    }

    Hop broken(String why, String how) {
        return judged(Verdict.BROKEN, why, how);
    }

    Hop unknown(String why, String how) {
        return judged(Verdict.UNKNOWN, why, how);
    }

    /// The packet passes it after all.
    Hop passed() {
        return judged(Verdict.OK, "", "");
    }

    private Hop judged(Verdict judged, String why, String how) {
        return new Hop(step, node, predicted, daemon, device, packet, what, evidence, judged, why, how);
    }

    Hop byDaemon() {
        return new Hop(step, node, predicted, true, device, packet, what, evidence, verdict, reason, remedy);
    }

    /// The same on another node, where it can only be predicted.
    Hop on(String host) {
        return new Hop(step, host, true, daemon, device, packet, what, evidence, verdict, reason, remedy);
    }
}
