package jflannel.kube;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kube.NodeRecord.Condition;
import jflannel.lease.Announcement;

/// Keeps what this node shows of itself in the API: its annotations, and the condition NetworkUnavailable, which keeps
/// pods away while it is True.
///
/// | this node | condition |
/// |---|---|
/// | waits for its podCIDR | True, with the reason in words |
/// | is ready | False, as Go flannel writes it |
/// | was ready, and has not been for a minute | True, with the fault |
/// | starts, ends, or has a passing fault | left as it is: what the kernel was taught carries packets |
///
/// Whatever somebody else writes over it is put back, at first soon and then more and more slowly: two programs that
/// both insist must not wear down the API.
final class OwnNode implements Runnable {
    static final String CONDITION = "NetworkUnavailable";

    /// How long this node may be unready before it says so.
    static final Duration PASSING = Duration.ofMinutes(1);

    private static final System.Logger LOG = System.getLogger(OwnNode.class.getName());
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Condition UP = new Condition("False", "FlannelIsUp", "Flannel is running on this node");
    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration QUIET = Duration.ofMinutes(2);

    private final ApiServer api;
    private final String name;
    private final AnnotationPrefix prefix;
    private final boolean keepsCondition;
    private Announcement mine;
    private Condition condition;
    private NodeRecord seen;
    private long unreadySince;
    private boolean unready;
    private int attempts;
    private long lastAttempt;
    private long notBefore = System.nanoTime();
    private String told = "";
    private String toldOverwrite = "";

    /// @param name this node's
    /// @param keepsCondition false leaves the condition alone
    OwnNode(ApiServer api, String name, AnnotationPrefix prefix, boolean keepsCondition) {
        this.api = api;
        this.name = name;
        this.prefix = prefix;
        this.keepsCondition = keepsCondition;
    }

    /// Publishes an announcement, and from now on keeps it.
    ///
    /// @param node as it is now
    void announce(Announcement mine, NodeRecord node) throws IOException {
        String patch;
        synchronized (this) {
            this.mine = mine;
            patch = patch(node).orElse(null);
        }
        seen(patch == null ? node : api.patchStatus(name, patch));
    }

    /// Tells all who look at the node what it waits for. Whether that succeeds changes nothing here.
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
                api.patchStatus(name, patch);
            }
        } catch (IOException e) {
            tellOnce("the condition of node " + name + " was not set: " + e.getMessage());
        }
    }

    /// Takes in how this node is; may be told again and again.
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

    /// Takes in this node as a watch has shown it, perhaps some time ago.
    synchronized void seen(NodeRecord node) {
        seen = node;
        notifyAll();
    }

    /// Until its thread is interrupted.
    @Override
    public void run() {
        while (true) {
            try {
                awaitDifference();
                putRight();
            } catch (InterruptedException e) {
                return;
            } catch (IOException | RuntimeException e) {
                if (Thread.currentThread().isInterrupted()) {
                    return;
                }
                slowDown();
                tellOnce("this node's annotations and condition cannot be kept: " + e.getMessage());
            }
        }
    }

    private synchronized void awaitDifference() throws InterruptedException {
        while (true) {
            if (seen == null || patch(seen).isEmpty()) {
                wait();
                continue;
            }
            long early = notBefore - System.nanoTime();
            if (early <= 0) {
                return;
            }
            wait(Duration.ofNanos(early).toMillis() + 1);
        }
    }

    /// Looks again before it writes: what a watch showed may be older than what was written since.
    private void putRight() throws IOException {
        NodeRecord now = api.node(name);
        String patch;
        synchronized (this) {
            patch = patch(now).orElse(null);
        }
        if (patch != null) {
            LOG.log(System.Logger.Level.INFO, "writing to node " + name + ": " + patch);
            now = api.patchStatus(name, patch);
            slowDown();
        }
        tellOnce("");
        seen(now);
    }

    private synchronized void slowDown() {
        long now = System.nanoTime();
        attempts = now - lastAttempt < QUIET.toNanos() ? attempts + 1 : 0;
        lastAttempt = now;
        notBefore = now + Math.min(LONGEST_PAUSE.toNanos(), FIRST_PAUSE.toNanos() << Math.min(attempts, 10));
    }

    /// What has to be changed in a node, as a strategic merge patch.
    private Optional<String> patch(NodeRecord node) {
        ObjectNode patch = JSON.createObjectNode();
        Map<String, Optional<String>> differing = new LinkedHashMap<>();
        if (mine != null) {
            Annotations.of(mine, overwrites(node)).forEach((suffix, value) -> {
                if (!value.equals(Optional.ofNullable(node.annotations().get(suffix)))) {
                    differing.put(suffix, value);
                }
            });
        }
        if (!differing.isEmpty()) {
            ObjectNode annotations = patch.putObject("metadata").putObject("annotations");
            differing.forEach((suffix, value) -> annotations.put(prefix.name(suffix), value.orElse(null)));
        }
        if (keepsCondition
                && condition != null
                && !condition.equals(node.networkUnavailable().orElse(null))) {
            patch.putObject("status").putArray("conditions").add(json(condition, node));
        }
        return patch.isEmpty() ? Optional.empty() : Optional.of(patch.toString());
    }

    private static ObjectNode json(Condition condition, NodeRecord node) {
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        boolean turns = node.networkUnavailable()
                .filter(is -> is.status().equals(condition.status()))
                .isEmpty();
        ObjectNode json = JSON.createObjectNode()
                .put("type", CONDITION)
                .put("status", condition.status())
                .put("reason", condition.reason())
                .put("message", condition.message())
                .put("lastHeartbeatTime", now);
        return turns ? json.put("lastTransitionTime", now) : json;
    }

    private Map<Family, Ip> overwrites(NodeRecord node) {
        try {
            return Annotations.overwrites(node);
        } catch (IllegalArgumentException e) {
            if (!e.getMessage().equals(toldOverwrite)) {
                toldOverwrite = e.getMessage();
                LOG.log(System.Logger.Level.WARNING, e.getMessage() + ": this node publishes its own");
            }
            return Map.of();
        }
    }

    private synchronized void tellOnce(String fault) {
        if (!fault.equals(told) && !fault.isEmpty()) {
            LOG.log(System.Logger.Level.WARNING, fault);
        }
        told = fault;
    }
}
