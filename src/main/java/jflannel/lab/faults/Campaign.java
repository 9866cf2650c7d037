package jflannel.lab.faults;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import jflannel.lab.LabSetup;

/// Faults one after another, each on a cluster that is well: the one that the last fault left, if it left it so.
final class Campaign {
    private final LabSetup setup;
    private final long seed;
    private final Drill drill;

    /// @param setup backend, families and firewall of the clusters
    /// @param seed the same one makes the same choices
    Campaign(LabSetup setup, long seed, int tolerance) {
        this.setup = setup;
        this.seed = seed;
        this.drill = new Drill(tolerance);
    }

    /// @param told each verdict when it is there
    List<Drill.Verdict> run(List<Fault> faults, Consumer<Drill.Verdict> told) throws IOException {
        List<Drill.Verdict> verdicts = new ArrayList<>();
        Site site = null;
        try {
            for (Fault fault : faults) {
                if (site == null || !site.stage().equals(fault.stage())) {
                    site = reopen(site, fault);
                }
                Drill.Verdict verdict = attempt(fault, site);
                verdicts.add(verdict);
                told.accept(verdict);
                if (!verdict.kept() || fault.spoils()) {
                    site.close();
                    site = null;
                }
            }
        } finally {
            if (site != null) {
                site.close();
            }
        }
        return verdicts;
    }

    private Site reopen(Site site, Fault fault) throws IOException {
        if (site != null) {
            site.close();
        }
        return Site.open(setup, fault.stage(), new Random(seed));
    }

    private Drill.Verdict attempt(Fault fault, Site site) throws IOException {
        try {
            return drill.run(fault, site);
        } catch (IOException e) {
            List<String> complaints = new ArrayList<>(List.of(String.valueOf(e.getMessage())));
            complaints.addAll(site.tails());
            return new Drill.Verdict(fault, Map.of(), -1, 0, 0, 0, complaints);
        }
    }
}
