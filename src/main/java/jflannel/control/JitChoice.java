package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.backend.UdpData;
import jflannel.lease.BackendType;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.UdpKeys;
import jflannel.linux.Program;

/// Which of Java's compilers this process has.
///
/// Only packet loops are worth the optimizing one (C2); for everything else it would cost 7 MB and a fifth of the
/// start. Java has to know at its start, but it turns out later whether this process carries packets: the backend must
/// be `udp`, and at least one peer's packets must not be the kernel's. So `bin/flanneld` starts with the quick one
/// (C1), and the process restarts itself once with both when it is needed. Its pid stays, and so does what it
/// programmed into the kernel, as at any end of flanneld.
public final class JitChoice {
    private static final Logger LOG = System.getLogger(JitChoice.class.getName());
    /// Set by `bin/flanneld` to its own path if Java has the quick compiler only.
    private static final String LAUNCHER = "jflannel.launcher";
    /// What `bin/flanneld` reads.
    private static final String WISH = "JFLANNEL_COMPILER";
    /// How long a signal may take on its way through Java before its hook runs.
    private static final Duration SIGNAL_DELAY = Duration.ofMillis(50);

    private final List<String> args;
    private boolean refused; // to restart: once is enough to say so

    /// @param args of flanneld
    public JitChoice(List<String> args) {
        this.args = args;
    }

    /// Restarts this process if it lacks the compiler for packets, and already knows that it has some to carry. Then
    /// it does not return.
    ///
    /// @param remembered other nodes' leases from an earlier run
    /// @throws InterruptedException if a signal ends the process meanwhile
    public void suit(NetworkConfig network, Collection<Lease> remembered) throws InterruptedException {
        if (network.type().needs(BackendType.Need.TUN)
                && (network.option(UdpKeys.DATA_PATH) == UdpKeys.DataPath.DAEMON
                        || remembered.stream().anyMatch(JitChoice::isWithoutKernelPath))) {
            carryPackets();
        }
    }

    private static boolean isWithoutKernelPath(Lease lease) {
        return lease.subnets().stream()
                .anyMatch(subnet -> !UdpData.parse(subnet.backendData()).kernel());
    }

    /// Restarts this process, which carries packets, if it lacks the compiler for them. Then it does not return.
    ///
    /// @throws InterruptedException if a signal ends the process meanwhile
    void carryPackets() throws InterruptedException {
        String launcher = System.getProperty(LAUNCHER);
        if (launcher == null || refused) {
            return;
        }
        LOG.log(Level.INFO, "restarting with Java's optimizing compiler, to carry packets");
        Map<String, String> environment = new TreeMap<>(System.getenv());
        environment.put(WISH, "optimizing");
        try {
            // a signal that Java has taken is lost with this program: from now on the kernel acts on each by itself,
            // and one that was just taken gets the time to interrupt this thread
            Program.letSignalsEndIt();
            Thread.sleep(SIGNAL_DELAY);
            Program.become(launcher, args, environment);
        } catch (IOException e) {
            refused = true;
            LOG.log(Level.WARNING, "the packets that this process carries will be slow: " + e.getMessage());
        }
    }
}
