package jflannel.lab;

import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `flannel lab tour`: the network explained on a live one.
@Command(
        name = "tour",
        mixinStandardHelpOptions = true,
        description = {
            "Explains the network in six steps on a small live cluster, for those who are new to container networks.",
            "Each step does something, follows a packet by flannel trace, and says what happened.",
            "On a terminal it waits for Enter between the steps. Ends with 0 if every step came out as it should."
        })
final class TourCommand implements Callable<Integer> {
    @Override
    public Integer call() throws IOException {
        boolean terminal = System.console() != null && System.console().isTerminal();
        LabReport report = new LabReport(System.out, terminal && System.getenv("NO_COLOR") == null);
        report.title("Lab: vxlan, 2 nodes");
        try (Lab lab = Lab.with(LabSetup.of(Scenario.VXLAN), report::step)) {
            return new Tour(lab, report, terminal ? TourCommand::waitForEnter : () -> {}).run() ? 0 : 1;
        }
    }

    private static void waitForEnter() {
        System.console().readLine("%n  Enter for the next step ");
    }
}
