package jflannel.lab.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import jflannel.lab.LabSetup;

/// Runs faults one after another, each on a healthy cluster, reusing the last one unless the fault spoiled it.
final class FaultSuite {
    private final LabSetup setup;
    private final LeaseStoreKind store;
    private final long seed;
    private final FaultRun run;

    /// @param setup backend, families and firewall of the clusters
    /// @param store of the clusters' leases
    /// @param seed of random choices
    FaultSuite(LabSetup setup, LeaseStoreKind store, long seed, int tolerance) {
        this.setup = setup;
        this.store = store;
        this.seed = seed;
        this.run = new FaultRun(tolerance);
    }

    /// @param onResult gets each verdict at once
    List<FaultRun.Result> run(List<Fault> faults, Consumer<FaultRun.Result> onResult) throws IOException {
        List<FaultRun.Result> results = new ArrayList<>();
        LabCluster cluster = null;
        try {
            for (Fault fault : faults) {
                if (cluster == null || !cluster.spec().equals(fault.spec())) {
                    cluster = reopen(cluster, fault);
                }
                FaultRun.Result result = attempt(fault, cluster);
                results.add(result);
                onResult.accept(result);
                if (!result.kept() || fault.spoils()) {
                    cluster.close();
                    cluster = null;
                }
            }
        } finally {
            if (cluster != null) {
                cluster.close();
            }
        }
        return results;
    }

    private LabCluster reopen(LabCluster cluster, Fault fault) throws IOException {
        if (cluster != null) {
            cluster.close();
        }
        return LabCluster.open(setup, store, fault.spec(), new Random(seed));
    }

    private FaultRun.Result attempt(Fault fault, LabCluster cluster) throws IOException {
        try {
            return run.run(fault, cluster);
        } catch (IOException e) {
            List<String> complaints = new ArrayList<>(List.of(String.valueOf(e.getMessage())));
            complaints.addAll(cluster.tails());
            return new FaultRun.Result(fault, Map.of(), -1, 0, 0, 0, complaints);
        }
    }
}
