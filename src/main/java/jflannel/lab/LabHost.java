package jflannel.lab;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import jflannel.capture.PacketCapture;
import jflannel.linux.Command;
import jflannel.linux.Libc;
import jflannel.linux.Sysctl;

/// A host of the lab, whether node, pod, store or switch: a thread that has entered a network and a mount namespace
/// of its own. Its child processes live there too, and the namespaces end with the last of them.
///
/// Its /run is a directory of the lab, so that locks, pid files and subnet.env belong to this host, yet are
/// readable from outside.
public final class LabHost implements AutoCloseable {
    private final String name;
    private final Path run;
    private final boolean outlives;
    private final ExecutorService thread;
    private final List<LabProcess> processes = new CopyOnWriteArrayList<>();
    private final long threadId;

    /// @param run an existing directory that becomes the host's /run
    /// @param outlives true if processes on this host survive this program
    public LabHost(String name, Path run, boolean outlives) throws IOException {
        this.name = name;
        this.run = run;
        this.outlives = outlives;
        this.thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().daemon().name("lab " + name).factory());
        this.threadId = call(this::settle);
    }

    private long settle() throws IOException {
        Libc.unshare(Libc.CLONE_NEWNET | Libc.CLONE_NEWNS);
        Libc.mount("none", "/", "none", Libc.MS_REC | Libc.MS_PRIVATE);
        Libc.mount(run.toString(), "/run", "none", Libc.MS_BIND);
        try {
            Libc.mount("sysfs", "/sys", "sysfs", 0);
        } catch (IOException e) {
            // only /sys/class/net is wrong then, which nothing here reads
        }
        if (Sysctl.read("net/ipv6/conf/default/accept_dad").isPresent()) {
            // nobody else is on these links, so a second of duplicate detection would be wasted
            Sysctl.write("net/ipv6/conf/default/accept_dad", "0");
            Sysctl.write("net/ipv6/conf/all/accept_dad", "0");
        }
        ip("link set lo up");
        return Long.parseLong(Files.readSymbolicLink(Path.of("/proc/thread-self"))
                .getFileName()
                .toString());
    }

    public String name() {
        return name;
    }

    /// The directory that is /run on this host.
    public Path run() {
        return run;
    }

    /// Identifies this namespace to others: `ip link set eth0 netns <it>`.
    public long threadId() {
        return threadId;
    }

    /// Runs something on the host's thread, and so in its namespaces.
    public <T> T call(Callable<T> action) throws IOException {
        try {
            return thread.submit(action).get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause
                    ? cause
                    : new IOException(name + ": " + e.getCause().getMessage(), e.getCause());
        } catch (RejectedExecutionException e) {
            throw new IOException(name + " has been closed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while " + name + " was at work", e);
        }
    }

    /// The output of a shell script run on this host, without surrounding white space.
    ///
    /// @throws Command.Failed if any of its commands fails
    public String sh(String script) throws IOException {
        return run("sh", "-ec", script).strip();
    }

    /// The output of a program run on this host.
    ///
    /// @throws Command.Failed if it fails
    public String run(String... words) throws IOException {
        return Command.check(attempt(words), words);
    }

    /// As [#run], for a program whose failure is an answer too. Other threads may use the host meanwhile.
    public Command.Result attempt(String... words) throws IOException {
        return attemptWithInput("", words);
    }

    /// As [#attempt], with `input` as the program's standard input.
    public Command.Result attemptWithInput(String input, String... words) throws IOException {
        Process process = call(() -> new ProcessBuilder(words).start());
        return Command.finish(process, input, words);
    }

    /// Configures network devices with `ip -batch`: all lines, in order, or an error.
    public void ip(String... lines) throws IOException {
        String batch = String.join("\n", lines) + "\n";
        String[] words = {"ip", "-batch", "-"};
        // during construction, this already is the host's thread
        Process process = Thread.currentThread().getName().equals("lab " + name)
                ? new ProcessBuilder(words).start()
                : call(() -> new ProcessBuilder(words).start());
        Command.Result result = Command.finish(process, batch, words);
        if (result.exitCode() != 0) {
            throw new IOException(
                    "%s: %s, of:%n%s".formatted(name, result.errors().strip(), batch.strip()));
        }
    }

    /// Captures what passes a device of this host from now on.
    ///
    /// @throws Command.Failed if there is none of that name
    PacketCapture capture(String device) throws IOException {
        String line = run("ip", "-o", "link", "show", "dev", device);
        int index = Integer.parseInt(line.substring(0, line.indexOf(':')));
        return call(() -> PacketCapture.on(device, index, Set.of()));
    }

    /// Sets a kernel setting of this host, if the kernel has it.
    void sysctl(String setting, String value) throws IOException {
        call(() -> {
            if (Sysctl.read(setting).isPresent()) {
                Sysctl.write(setting, value);
            }
            return null;
        });
    }

    /// Starts a program that runs until it or the lab is ended.
    ///
    /// @param log the file in [#run] to append its output to
    public LabProcess start(String log, String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of("setsid"));
        if (!outlives) {
            // if the lab dies without cleaning up, its processes die with this host's thread
            all.addAll(List.of("setpriv", "--pdeathsig", "KILL", "--"));
        }
        all.addAll(List.of(words));
        Path file = run.resolve(log);
        File inside = new File("/run", log);
        return call(() -> {
            ProcessBuilder builder = new ProcessBuilder(all);
            // a lab must not depend on settings of this user's shell
            builder.environment().keySet().removeIf(name -> name.startsWith("ETCD_") || name.startsWith("FLANNEL"));
            // nor may a lab's daemon use the state file of this machine's; set through the environment, because
            // other programs than this build's do not know the flag
            builder.environment().put("FLANNELD_STATE_FILE", LabNode.STATE_FILE);
            Process process = builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(inside))
                    .start();
            LabProcess started = new LabProcess(String.join(" ", words), process, file);
            processes.add(started); // here, so that a concurrent close cannot miss it
            return started;
        });
    }

    /// Pings every 200 ms until an answer arrives, for up to `seconds`.
    ///
    /// @return the round-trip time in milliseconds, or -1 if there was no answer
    public double reach(String address, int seconds) throws IOException {
        return Ping.of(attempt("ping", "-n", "-c", "1", "-i", "0.2", "-w", Integer.toString(seconds), address)
                        .output())
                .averageMillis();
    }

    /// The processes that were started here and are still running.
    List<LabProcess> running() {
        return processes.stream().filter(LabProcess::isAlive).toList();
    }

    /// Ends all processes of the host, and the host itself. Namespaces of processes to keep stay.
    @Override
    public void close() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!outlives) {
            processes.reversed().forEach(LabProcess::kill);
        }
    }
}
