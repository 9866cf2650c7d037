package jflannel.lab.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Pause;
import jflannel.lab.Scenario;
import jflannel.lab.faults.KubeStore;

/// A contender's lab, and what decides in it which connections may begin.
final class FilteredLab implements AutoCloseable {
    private static final int PATIENCE_SECONDS = 60;
    private static final int LOOK_MILLIS = 100;

    private final ConnectionFilter filter;
    private final Lab lab;
    private final List<Runnable> ends = new ArrayList<>();

    private FilteredLab(ConnectionFilter filter, Lab lab) {
        this.filter = filter;
        this.lab = lab;
    }

    static FilteredLab open(Contender contender) throws IOException {
        ConnectionFilter filter = contender.filter();
        // the bare network needs no flanneld, so any scenario would do
        LabSetup plain = LabSetup.of(contender.scenario().orElse(Scenario.HOST_GW));
        if (filter instanceof ConnectionFilter.Policies) {
            LabSetup setup = KubeStore.in(plain).withFlags("--network-policy");
            return filled(new FilteredLab(filter, Lab.prepared(setup, Lab.Progress.NONE)));
        }
        Lab lab = contender.scenario().isPresent() ? Lab.with(plain) : Lab.prepared(plain, Lab.Progress.NONE);
        return filled(new FilteredLab(filter, lab));
    }

    private static FilteredLab filled(FilteredLab made) throws IOException {
        try {
            made.fill();
            return made;
        } catch (IOException | RuntimeException e) {
            made.close();
            throw e;
        }
    }

    private void fill() throws IOException {
        switch (filter) {
            case ConnectionFilter.None _ -> {}
            case ConnectionFilter.Queue _ -> queue();
            case ConnectionFilter.Policies policies -> enforce(policies);
        }
    }

    private void queue() throws IOException {
        Set<Ip> pods = new HashSet<>();
        lab.nodes().forEach(node -> pods.add(node.podAddress(Family.IPV4)));
        for (LabNode node : lab.nodes()) {
            ends.add(FirstPacketQueue.on(node.host(), pods)::close);
        }
    }

    private void enforce(ConnectionFilter.Policies policies) throws IOException {
        KubeStore kube = new KubeStore(lab, lab.setup(), lab.store().get("config"));
        ends.add(kube::close);
        PolicyLoad.put(kube.api(), policies.count());
        for (LabNode node : lab.nodes()) {
            node.startFlanneld();
        }
        awaitFilter(); // the CNI plugin does not wait that long
        for (LabNode node : lab.nodes()) {
            lab.attach(node);
        }
    }

    /// Waits until all nodes enforce the policies, if there are any to enforce.
    void awaitFilter() throws IOException {
        if (!(filter instanceof ConnectionFilter.Policies policies)) {
            return;
        }
        long end = System.nanoTime() + PATIENCE_SECONDS * 1_000_000_000L;
        for (LabNode node : lab.nodes()) {
            while (!PolicyLoad.isEnforced(node, policies.count())) {
                if (System.nanoTime() > end) {
                    throw new IOException(node.host().name() + " does not enforce the policies: "
                            + node.flanneld().tail(5));
                }
                Pause.millis(LOOK_MILLIS);
            }
        }
    }

    Lab lab() {
        return lab;
    }

    @Override
    public void close() {
        ends.forEach(Runnable::run);
        lab.close();
    }
}
