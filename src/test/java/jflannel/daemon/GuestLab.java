package jflannel.daemon;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Patience;
import jflannel.lab.Scenario;

/// The lab for a kernel's backends, usually in a virtual machine, where its start takes long: two nodes, both
/// families, nftables. The tests of all backends share it. They change its configuration while its daemons run,
/// so each begins with a change of the backend.
public final class GuestLab {
    private static Lab lab;

    private GuestLab() {}

    /// The lab, with this backend at work: pods of both nodes reach each other in both families.
    ///
    /// @param backend the value of `Backend` in the network configuration, as JSON
    public static synchronized Lab with(String backend) throws IOException {
        LabSetup setup = LabSetup.of(Scenario.HOST_GW)
                .withFamilies(EnumSet.allOf(Family.class))
                .withNftables(true);
        if (lab == null) {
            lab = Lab.with(setup.withConfig(setup.networkConfig(backend)));
        } else {
            lab.store().put("config", setup.networkConfig(backend));
        }
        String type = backend.replaceFirst(".*\"Type\":\"([^\"]*)\".*", "$1");
        for (LabNode node : lab.nodes()) {
            awaitBackend(node, type);
        }
        for (Family family : Family.values()) {
            if (lab.reach(1, 2, family, 20) < 0) {
                throw new IOException("no answer over %s with %s:%n%s"
                        .formatted(
                                family,
                                backend,
                                String.join("\n", lab.node(1).flanneld().tail(20))));
            }
        }
        return lab;
    }

    /// Ends it, where the machine goes on after the tests.
    static synchronized void close() {
        if (lab != null) {
            lab.close();
            lab = null;
        }
    }

    private static void awaitBackend(LabNode node, String type) {
        await(node.host().name() + " uses " + type)
                .atMost(Patience.of(Duration.ofSeconds(15)))
                .ignoreExceptions()
                .until(() -> node.sh("cat /run/flannel/status.json").contains("\"backend\":\"" + type + "\""));
    }
}
