package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.backend.Backends;
import jflannel.lease.NetworkConfig;
import jflannel.linux.Program;

/// Which of Java's compilers this process has.
///
/// Only packet loops are worth the optimizing one (C2); everybody else would pay 7 MB and a fifth of the start for it.
/// Java has to know at its start, and which backend it is the store says later. So `bin/flanneld` starts with the quick
/// one (C1), and where the backend is `udp` the process begins once more with both. Its pid stays, and what the kernel
/// was taught stays as at any end of flanneld.
public final class Compiler {
    private static final Logger LOG = System.getLogger(Compiler.class.getName());
    /// Set by `bin/flanneld` to its own path if Java has the quick compiler only.
    private static final String LAUNCHER = "jflannel.launcher";
    /// What `bin/flanneld` reads.
    private static final String WISH = "JFLANNEL_COMPILER";

    private final List<String> args;

    /// @param args of flanneld
    public Compiler(List<String> args) {
        this.args = args;
    }

    /// Begins this process anew if it lacks the compiler for the network's backend; does not return then.
    public void suit(NetworkConfig network) {
        String launcher = System.getProperty(LAUNCHER);
        if (launcher == null || !Backends.carriesPackets(network)) {
            return;
        }
        LOG.log(Level.INFO, "starting anew with Java's optimizing compiler, for the udp backend");
        Map<String, String> environment = new TreeMap<>(System.getenv());
        environment.put(WISH, "optimizing");
        try {
            Program.become(launcher, args, environment);
        } catch (IOException e) {
            LOG.log(Level.WARNING, "the udp backend will be slow: " + e.getMessage());
        }
    }
}
