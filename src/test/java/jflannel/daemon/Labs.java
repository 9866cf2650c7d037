package jflannel.daemon;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Callable;
import jflannel.ip.Family;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Patience;
import jflannel.lab.Scenario;

/// What the tests of the daemon in a lab have in common.
public final class Labs {
    /// Longer than a repair takes, and much shorter than the ten seconds after which the daemon looks by itself: what
    /// is right again in this time was noticed.
    static final Duration NOTICED = Patience.of(Duration.ofSeconds(4));

    private Labs() {}

    static Lab lab(Scenario scenario) throws IOException {
        return lab(LabSetup.of(scenario));
    }

    /// A lab in which container-1 and container-2 reach each other already.
    static Lab lab(LabSetup setup) throws IOException {
        Lab lab = Lab.with(setup);
        for (Family family : lab.setup().families()) {
            lab.reach(1, 2, family, 10);
        }
        return lab;
    }

    /// Waits until `state` holds, but no longer than [#NOTICED], and tells on stdout how long that was.
    static void soon(String what, Callable<Boolean> state) {
        long start = System.nanoTime();
        await(what)
                .atMost(NOTICED)
                .pollInterval(Duration.ofMillis(10))
                .ignoreExceptions()
                .until(state);
        System.out.printf("%s after %d ms%n", what, (System.nanoTime() - start) / 1_000_000);
    }

    /// A snapshot of all that flanneld keeps in the kernel of a node, to compare before and after. Without the state of
    /// a device: that of a new TUN device is unknown until a program has let go of it once.
    static String kernelState(LabNode node) throws IOException {
        return node.sh("(ip route; ip -6 route; ip -o addr show; ip neigh show nud permanent;"
                + " ip -6 neigh show nud permanent; bridge fdb show | grep ' dst ' || :;"
                + " ip -o -d link show) | grep -E 'flannel|proto 102' | sed -E 's/^[0-9]+: //; s/ +valid_lft.*//;"
                + " s/qlen [0-9]+//; s/permaddr [^ ]+//; s/state (UP|UNKNOWN)//; s/fe80:[0-9a-f:]+//' | sort");
    }
}
