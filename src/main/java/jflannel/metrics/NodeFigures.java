package jflannel.metrics;

import java.time.Duration;

/// What the control thread has done to this node, and what it found. It alone writes; the metrics server reads.
public final class NodeFigures implements Source {
    private long passes;
    private Duration time = Duration.ZERO;
    private long lastPass = System.nanoTime();
    private int peers;
    private int failedPeers;
    private int heldPeers;
    private long put;
    private long deleted;
    private long repaired;
    private long deviceChanges;
    private int lacking;
    private long firewallSet;
    private long firewallRepaired;

    /// A pass over the whole node has ended.
    public synchronized void passed(Duration took) {
        passes++;
        time = time.plus(took);
        lastPass = System.nanoTime();
    }

    /// @param all other nodes with a lease
    /// @param failed those with a missing entry
    public synchronized void peers(int all, int failed) {
        peers = all;
        failedPeers = failed;
    }

    /// @param held other nodes that are kept although the store has lost their leases
    public synchronized void held(int held) {
        heldPeers = held;
    }

    /// The kernel's tables were compared with what they should hold.
    ///
    /// @param put objects added
    /// @param deleted objects deleted
    /// @param lacking objects that the kernel refused
    /// @param expected true if that follows from a change of leases; otherwise it is a repair
    public synchronized void converged(int put, int deleted, int lacking, boolean expected) {
        this.put += put;
        this.deleted += deleted;
        this.lacking = lacking;
        repaired += expected ? 0 : put + deleted;
    }

    /// Single objects were put back or deleted.
    public synchronized void repaired(int put, int deleted) {
        this.put += put;
        this.deleted += deleted;
        repaired += put + deleted;
    }

    /// Devices were created, removed or corrected.
    public synchronized void devicesChanged(int count) {
        deviceChanges += count;
    }

    /// The firewall rules were written.
    ///
    /// @param expected true if other rules are wanted than before; otherwise somebody had changed them
    public synchronized void firewallChanged(boolean expected) {
        if (expected) {
            firewallSet++;
        } else {
            firewallRepaired++;
        }
    }

    @Override
    public synchronized void read(Readings readings) {
        readings.put(Metric.PEERS_DESIRED, peers);
        readings.put(Metric.PEERS_PROGRAMMED, peers - failedPeers);
        readings.put(Metric.PEERS_FAILED, failedPeers);
        readings.put(Metric.PEERS_HELD, heldPeers);
        readings.put(Metric.RECONCILE_SECONDS, passes, time);
        readings.put(Metric.RECONCILE_AGE, (System.nanoTime() - lastPass) / 1e9);
        readings.put(Metric.KERNEL_CHANGES, put, "put");
        readings.put(Metric.KERNEL_CHANGES, deleted, "delete");
        readings.put(Metric.DRIFT_REPAIRED, repaired);
        readings.put(Metric.DEVICE_CHANGES, deviceChanges);
        readings.put(Metric.KERNEL_LACKING, lacking);
        readings.put(Metric.FIREWALL_CHANGES, firewallSet, "set");
        readings.put(Metric.FIREWALL_CHANGES, firewallRepaired, "repaired");
    }
}
