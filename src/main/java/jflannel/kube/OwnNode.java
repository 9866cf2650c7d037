package jflannel.kube;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.kube.NodeRecord.Condition;
import jflannel.kubeapi.ApiServer;
import jflannel.kubeapi.Resource;
import jflannel.lease.Announcement;
import jflannel.lease.Contest;
import jflannel.status.Board;
import jflannel.work.LastMessage;

/// Maintains this node's annotations and its condition NetworkUnavailable in the API. While that is True, no pods
/// are scheduled here.
///
/// | this node | condition |
/// |---|---|
/// | waits for its podCIDR | True, with the reason |
/// | is ready | False, as Go flannel writes it |
/// | was ready, and has not been for a minute | True, with the fault |
/// | starts, ends, or has a passing fault | unchanged: the kernel still carries packets |
///
/// What somebody else overwrites is written back, soon at first and then ever more slowly, so that two programs
/// that both insist do not overload the API.
final class OwnNode {
    /// How long this node may be unready before the condition says so.
    static final Duration PASSING = Duration.ofMinutes(1);

    private static final System.Logger LOG = System.getLogger(OwnNode.class.getName());
    private static final Condition UP = new Condition("False", "FlannelIsUp", "Flannel is running on this node");
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration QUIET = Duration.ofMinutes(2);

    private static final String STATUS = "status";

    private final ApiServer api;
    private final Resource<NodeRecord> nodes;
    private final String name;
    private final AnnotationPrefix prefix;
    private final boolean keepsCondition;
    private final Contest contest;
    private Announcement mine;
    private Condition condition;
    private NodeRecord seen;
    private long unreadySince;
    private boolean unready;
    private int attempts;
    private long lastAttempt;
    private long notBefore = System.nanoTime();
    private final LastMessage fault = new LastMessage();
    private final LastMessage overwrite = new LastMessage();

    /// @param name of this node
    /// @param keepsCondition false to leave the condition alone
    OwnNode(ApiServer api, String name, AnnotationPrefix prefix, boolean keepsCondition, Board board) {
        this.api = api;
        this.nodes = NodeForm.nodes(prefix);
        this.name = name;
        this.prefix = prefix;
        this.keepsCondition = keepsCondition;
        this.contest = new Contest(board, "another node may run with NODE_NAME=" + name);
    }

    /// Publishes an announcement, and maintains it from now on.
    ///
    /// @param node as it is now
    void announce(Announcement mine, NodeRecord node) throws IOException {
        String patch;
        synchronized (this) {
            this.mine = mine;
            patch = patch(node).orElse(null);
        }
        seen(patch == null ? node : api.patch(nodes, name, STATUS, patch));
    }

    /// Publishes what this node waits for. Best effort: failures are only logged.
    ///
    /// @param node as it is now
    void waits(String why, NodeRecord node) {
        String patch;
        synchronized (this) {
            condition = new Condition("True", "FlannelIsWaiting", why);
            patch = patch(node).orElse(null);
        }
        try {
            if (patch != null) {
                api.patch(nodes, name, STATUS, patch);
            }
        } catch (IOException e) {
            warn("the condition of node " + name + " was not set: " + e.getMessage());
        }
    }

    /// Sets this node's readiness; may be called repeatedly.
    ///
    /// @param why it is not ready
    synchronized void report(boolean ready, String why) {
        if (ready) {
            unready = false;
            want(UP);
            return;
        }
        long now = System.nanoTime();
        unreadySince = unready ? unreadySince : now;
        unready = true;
        if (condition != null && now - unreadySince >= PASSING.toNanos()) {
            want(new Condition("True", "FlannelIsNotReady", why));
        }
    }

    private void want(Condition wanted) {
        if (!wanted.equals(condition)) {
            if (condition == null || !condition.status().equals(wanted.status())) {
                notBefore = System.nanoTime();
            }
            condition = wanted;
            notifyAll();
        }
    }

    /// Takes this node from a watch or an answer. These overtake each other, so anything older than what was seen
    /// before is ignored.
    synchronized void seen(NodeRecord node) {
        if (seen == null || !node.isOlderThan(seen)) {
            listed(node);
        }
    }

    /// True if a later version of this node than this record was seen.
    synchronized boolean wasNewerThan(NodeRecord node) {
        return seen != null && node.isOlderThan(seen);
    }

    /// Takes this node from a list, from which everything starts over. Its version may even be lower, if the
    /// cluster was restored from a backup.
    synchronized void listed(NodeRecord node) {
        seen = node;
        notifyAll();
    }

    /// Waits until this node needs a repair, and makes it.
    ///
    /// @throws InterruptedException when it should stop
    void keep() throws InterruptedException {
        awaitDifference();
        try {
            putRight();
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            slowDown();
            warn("this node's annotations and condition cannot be kept: " + e.getMessage());
        }
    }

    /// To be called when nothing is kept any more.
    void forget() {
        contest.forget();
    }

    private synchronized void awaitDifference() throws InterruptedException {
        while (true) {
            if (seen == null || patch(seen).isEmpty()) {
                wait(contest.untilOver().toMillis());
                continue;
            }
            long early = notBefore - System.nanoTime();
            if (early <= 0) {
                return;
            }
            wait(Duration.ofNanos(early).toMillis() + 1);
        }
    }

    /// Reads again before writing: what the watch reported may be older than our own last write.
    private void putRight() throws IOException {
        NodeRecord now = api.get(nodes, name);
        String patch;
        synchronized (this) {
            patch = patch(now).orElse(null);
            if (patch != null && !differing(now).isEmpty()) {
                contest.repaired();
            }
        }
        if (patch != null) {
            LOG.log(System.Logger.Level.INFO, "writing to node " + name + ": " + patch);
            now = api.patch(nodes, name, STATUS, patch);
            slowDown();
        }
        fault.clear();
        seen(now);
    }

    private synchronized void slowDown() {
        long now = System.nanoTime();
        attempts = now - lastAttempt < QUIET.toNanos() ? attempts + 1 : 0;
        lastAttempt = now;
        notBefore = now + Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(attempts, 10));
    }

    /// The changes that a node needs, as a strategic merge patch.
    private Optional<String> patch(NodeRecord node) {
        Map<String, Object> patch = new LinkedHashMap<>();
        Map<String, Object> differing = differing(node);
        if (!differing.isEmpty()) {
            patch.put("metadata", Map.of("annotations", differing));
        }
        if (keepsCondition
                && condition != null
                && !condition.equals(node.networkUnavailable().orElse(null))) {
            patch.put(STATUS, Map.of("conditions", List.of(json(condition, node))));
        }
        return patch.isEmpty() ? Optional.empty() : Optional.of(Json.compact(patch));
    }

    /// The annotations that a node lacks, or that it has with other values.
    private Map<String, Object> differing(NodeRecord node) {
        Map<String, Object> differing = new LinkedHashMap<>();
        if (mine != null) {
            Annotations.of(mine, overwrites(node)).forEach((suffix, value) -> {
                if (!value.equals(Optional.ofNullable(node.annotations().get(suffix)))) {
                    differing.put(prefix.name(suffix), value.orElse(null));
                }
            });
        }
        return differing;
    }

    private static Map<String, Object> json(Condition condition, NodeRecord node) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("type", NodeRecord.NETWORK_UNAVAILABLE);
        json.put("status", condition.status());
        json.put("reason", condition.reason());
        json.put("message", condition.message());
        json.put("lastHeartbeatTime", now);
        boolean turns = node.networkUnavailable()
                .filter(is -> is.status().equals(condition.status()))
                .isEmpty();
        if (turns) {
            json.put("lastTransitionTime", now);
        }
        return json;
    }

    private Map<Family, Ip> overwrites(NodeRecord node) {
        try {
            return Annotations.overwrites(node);
        } catch (IllegalArgumentException e) {
            if (overwrite.changesTo(e.getMessage())) {
                LOG.log(System.Logger.Level.WARNING, e.getMessage() + ": this node publishes its own");
            }
            return Map.of();
        }
    }

    private void warn(String message) {
        if (fault.changesTo(message)) {
            LOG.log(System.Logger.Level.WARNING, message);
        }
    }
}
