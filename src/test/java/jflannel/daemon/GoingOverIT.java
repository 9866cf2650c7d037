package jflannel.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import jflannel.kernel.WireguardDevices;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Patience;
import jflannel.lab.Scenario;
import org.junit.jupiter.api.Test;

/// Nodes go over from vxlan to wireguard one by one, and back: a daemon that is down goes over when it starts.
class GoingOverIT {
    private static final String VXLAN = "{\"Type\":\"vxlan\"}";
    private static final String BOTH = "{\"Type\":\"wireguard\",\"Accept\":\"vxlan\"}";
    private static final String WIREGUARD = "{\"Type\":\"wireguard\"}";

    private final LabSetup setup = LabSetup.of(Scenario.VXLAN).withNodes(3);

    @Test
    void nodesGoOverOneByOneUnderTraffic() throws Exception {
        assumeTrue(WireguardDevices.areSupported(), "neither the kernel nor a program has WireGuard");
        try (Lab lab = Labs.lab(setup)) {
            goOver(lab, BOTH, "flannel-wg", "flannel.1");
            assertThat(lab.node(1).sh("ip route show dev flannel.1"))
                    .as("all know the keys")
                    .isEmpty();
            goOver(lab, WIREGUARD, "flannel-wg");
            goOver(lab, BOTH, "flannel-wg", "flannel.1");
            goBack(lab);
        }
    }

    /// A node that has left WireGuard is out of reach for those that have not heard of it, so all listen.
    private void goBack(Lab lab) throws Exception {
        List<Traffic> all = traffic(lab);
        lab.store().put("config", setup.networkConfig(VXLAN));
        for (LabNode node : lab.nodes()) {
            awaitDevices(node, "flannel.1");
        }
        end(all, VXLAN);
    }

    private static List<Traffic> traffic(Lab lab) throws IOException {
        return List.of(new Traffic(lab, 1, 2, 600), new Traffic(lab, 2, 3, 600), new Traffic(lab, 3, 1, 600));
    }

    private static void end(List<Traffic> all, String backend) throws Exception {
        Thread.sleep(Patience.of(Duration.ofSeconds(2)));
        for (Traffic traffic : all) {
            Traffic.Count count = traffic.end();
            System.out.println("while nodes go over to " + backend + ": " + count);
            assertThat(count.received()).isGreaterThan(200);
            assertThat(count.lost()).as("of 200 in a second").isLessThan(200);
        }
    }

    /// @param devices that each node has afterwards, and no other of flannel's
    private void goOver(Lab lab, String backend, String... devices) throws Exception {
        List<Traffic> all = traffic(lab);
        lab.node(2).flanneld().kill();
        lab.node(3).flanneld().kill();
        lab.store().put("config", setup.networkConfig(backend));
        awaitDevices(lab.node(1), devices);
        for (int number = 2; number <= 3; number++) {
            lab.node(number).startFlanneld();
            lab.node(number).awaitReady();
            awaitDevices(lab.node(number), devices);
        }
        end(all, backend);
    }

    private static void awaitDevices(LabNode node, String... devices) {
        List<String> wanted = List.of(devices).stream()
                .filter(name -> !name.isEmpty())
                .sorted()
                .toList();
        Callable<List<String>> there = () -> devices(node);
        await(node.host().name() + " has " + wanted)
                .atMost(Patience.of(Duration.ofSeconds(15)))
                .ignoreExceptions()
                .until(there, wanted::equals);
    }

    private static List<String> devices(LabNode node) throws IOException {
        return node.sh("ip -o link | sed -n 's/^[0-9]*: \\(flannel[^:@]*\\).*/\\1/p'")
                .lines()
                .sorted()
                .toList();
    }
}
