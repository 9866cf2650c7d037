package jflannel.status;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/// How this node is at one moment.
///
/// @param why it failed or stopped; empty in other phases
/// @param findings everything that is wrong, worst first
/// @param firewall empty until the rules were set
/// @param cloudRoute empty unless the backend puts routes into a cloud's tables, and the cloud has answered
/// @param lastRepair empty if there was none in this run
public record NodeStatus(
        Phase phase,
        String why,
        List<Finding> findings,
        Facts facts,
        Optional<FirewallRules> firewall,
        Optional<CloudRouteState> cloudRoute,
        Optional<LastRepair> lastRepair) {
    /// The state's name for programs: the phase until the node runs; then `ready`, `degraded`, or
    /// `waiting-for-kernel` while pods must not start.
    public String state() {
        if (phase != Phase.RUNNING) {
            return phase.name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
        return isAny(Severity.NO_NETWORK) ? "waiting-for-kernel" : findings.isEmpty() ? "ready" : "degraded";
    }

    /// True if pods may have their network.
    public boolean works() {
        return phase == Phase.RUNNING && !isAny(Severity.NO_NETWORK);
    }

    /// True if nothing is wrong that an orchestrator should hold against this node.
    public boolean isReady() {
        return works() && !isAny(Severity.FAILING);
    }

    /// Everything that is wrong, in one line; empty if nothing is.
    public String cause() {
        return why.isEmpty()
                ? findings.stream()
                        .filter(finding -> finding.condition() != Condition.STARTING)
                        .map(Finding::words)
                        .collect(Collectors.joining("; "))
                : why;
    }

    private boolean isAny(Severity severity) {
        return findings.stream().anyMatch(finding -> finding.condition().severity() == severity);
    }
}
