package jflannel.lab.scale;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabProcess;
import jflannel.lab.Pause;
import jflannel.lab.StoreFlag;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// The training run for flanneld's AOT cache: a node starts among many, sees others come, change and go, and is
/// ended as an operator would. Classes that it does not meet here are loaded slowly in real life. Or that of the
/// command `flannel`, with the questions that people have.
@Command(name = "train", hidden = true)
public final class TrainCommand implements Callable<Integer> {
    private static final int LEASES = 1_000;
    /// More than are looked up one by one.
    private static final int FEW = 200;

    private static final int CHANGES = 20;
    private static final int BETWEEN_CHANGES_MILLIS = 50;
    private static final int PATIENCE_SECONDS = 60;
    private static final List<String> QUESTIONS = List.of(
            "status",
            "status -o json",
            "peers",
            "peers -o json",
            "peers --probe --probe-limit 2",
            "trace 10.168.0.254",
            "doctor --no-probe");

    @Option(names = "--tool", description = "Train the command `flannel` instead")
    private boolean tool;

    @Option(names = "--without-lab", description = "Train it as it is installed without the lab")
    private boolean withoutLab;

    @Mixin
    private StoreFlag store;

    @Parameters(paramLabel = "FLAGS", description = "For the Java that is trained")
    private String flags;

    @Override
    public Integer call() throws IOException {
        return tool ? trainTool() : trainDaemon();
    }

    private int trainTool() throws IOException {
        SimulatedNodes simulated = new SimulatedNodes(EnumSet.allOf(Family.class), false, store.isKube(), false);
        try (Lab lab = simulated.lab(setup -> setup);
                NodeRegistry registry = simulated.registry(lab)) {
            registry.add(simulated, 256, FEW);
            registry.start(lab.node(1));
            lab.node(1).awaitReady();
            List<String> words = new ArrayList<>(List.of("env", "JFLANNEL_JAVA_OPTS=" + flags));
            if (withoutLab) {
                words.add("JFLANNEL_WITHOUT_LAB=1");
            }
            words.add(System.getProperty("jflannel.home") + "/bin/flannel");
            words.add("rehearse");
            words.addAll(QUESTIONS);
            System.out.println(lab.node(1).host().run(words.toArray(String[]::new)));
            return 0;
        }
    }

    private int trainDaemon() throws IOException {
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
