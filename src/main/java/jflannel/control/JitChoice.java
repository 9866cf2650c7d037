package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.lease.BackendType;
import jflannel.lease.NetworkConfig;
import jflannel.linux.Program;

/// Which of Java's compilers this process has.
///
/// Only packet loops are worth the optimizing one (C2); for everything else it would cost 7 MB and a fifth of the
/// start. Java has to know at its start, but the store names the backend later. So `bin/flanneld` starts with the
/// quick one (C1), and where the backend is `udp` the process restarts itself once with both. Its pid stays, and so
/// does what it programmed into the kernel, as at any end of flanneld.
public final class JitChoice {
    private static final Logger LOG = System.getLogger(JitChoice.class.getName());
    /// Set by `bin/flanneld` to its own path if Java has the quick compiler only.
    private static final String LAUNCHER = "jflannel.launcher";
    /// What `bin/flanneld` reads.
    private static final String WISH = "JFLANNEL_COMPILER";
    /// How long a signal may take on its way through Java before its hook runs.
    private static final Duration SIGNAL_DELAY = Duration.ofMillis(50);

    private final List<String> args;

    /// @param args of flanneld
    public JitChoice(List<String> args) {
        this.args = args;
    }

    /// Restarts this process if it lacks the compiler for the network's backend; it then does not return.
    ///
    /// @throws InterruptedException if a signal ends the process meanwhile
    public void suit(NetworkConfig network) throws InterruptedException {
        String launcher = System.getProperty(LAUNCHER);
        if (launcher == null || !network.type().needs(BackendType.Need.TUN)) {
            return;
        }
        LOG.log(Level.INFO, "restarting with Java's optimizing compiler, for the udp backend");
        Map<String, String> environment = new TreeMap<>(System.getenv());
        environment.put(WISH, "optimizing");
        try {
            // a signal that Java has taken is lost with this program: from now on the kernel acts on each by itself,
            // and one that was just taken gets the time to interrupt this thread
            Program.letSignalsEndIt();
            Thread.sleep(SIGNAL_DELAY);
            Program.become(launcher, args, environment);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the udp backend will be slow: " + e.getMessage());
        }
    }
}
