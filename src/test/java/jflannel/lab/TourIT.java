package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The tour tells the truth.
@ExtendWith(OwnNetns.class)
class TourIT {
    @Test
    void everyStepComesOutAsItsTextSays() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        LabReport report = new LabReport(new PrintStream(out, true, StandardCharsets.UTF_8), false);
        try (Lab lab = Lab.with(LabSetup.of(Scenario.VXLAN))) {
            boolean good = new Tour(lab, report, () -> {}).run();
            assertThat(good).as(out.toString(StandardCharsets.UTF_8)).isTrue();
        }
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains(
                        "6. A broken entry, and its repair", "there is no forwarding entry", "All six steps came out.");
    }
}
