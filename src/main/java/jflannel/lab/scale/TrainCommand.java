package jflannel.lab.scale;

import java.io.IOException;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.Callable;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabProcess;
import jflannel.lab.Pause;
import jflannel.lab.StoreFlag;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// The training run for flanneld's AOT cache: a node starts among many, sees others come, change and go, and is
/// ended as an operator would. Classes that it does not meet here are loaded slowly in real life.
@Command(name = "train", hidden = true)
public final class TrainCommand implements Callable<Integer> {
    private static final int LEASES = 1_000;
    private static final int CHANGES = 20;
    private static final int BETWEEN_CHANGES_MILLIS = 50;
    private static final int PATIENCE_SECONDS = 60;

    @Mixin
    private StoreFlag store;

    @Parameters(paramLabel = "FLAGS", description = "For the Java that is trained")
    private String flags;

    @Override
    public Integer call() throws IOException {
        SimulatedNodes simulated = new SimulatedNodes(EnumSet.allOf(Family.class), false, store.isKube(), false);
        try (Lab lab = simulated.lab(setup -> setup.withEnvironment(Map.of("JFLANNEL_JAVA_OPTS", flags)));
                NodeRegistry registry = simulated.registry(lab)) {
            registry.add(simulated, 256, LEASES);
            registry.start(lab.node(1));
            lab.node(1).awaitReady();
            for (int i = 0; i < CHANGES; i++) {
                registry.add(simulated, 256 + LEASES + i, 1);
                Pause.millis(BETWEEN_CHANGES_MILLIS);
                if (i % 2 == 0) {
                    registry.remove(simulated, 256 + LEASES + i);
                }
            }
            LabProcess flanneld = lab.node(1).flanneld();
            int exit = flanneld.terminate(PATIENCE_SECONDS); // the cache is made on the way out
            System.out.println(flanneld.output());
            return exit == 0 ? 0 : 1;
        }
    }
}
