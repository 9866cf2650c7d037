package jflannel.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import jflannel.kernel.Kernel;
import jflannel.kernel.RouteSocket;
import jflannel.names.DaemonFiles;
import jflannel.names.RunningFlanneld;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `flannel uninstall`: takes away what flanneld left on this host.
@Command(
        name = "uninstall",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Removes from this host what flanneld made and left: devices, routes, firewall rules, files in /run/flannel.",
            "What others made is not touched. Stop flanneld first: pods of this host lose their network now.",
            "Ends with 0 if nothing of flannel's is left, with 1 if something is."
        })
final class UninstallCommand implements Callable<Integer> {
    @Option(names = "--dry-run", description = "Show what would be removed, and remove nothing")
    private boolean dryRun;

    @Option(
            names = "--cni",
            description = "Remove the pods' bridge cni0 and the CNI plugin's notes too, if no pod is attached any more")
    private boolean cni;

    @Option(
            names = "--subnet-file",
            defaultValue = DaemonFiles.SUBNET,
            paramLabel = "FILE",
            description = "The file of that flag of flanneld. Default: ${DEFAULT-VALUE}")
    private Path subnetFile;

    @Override
    public Integer call() throws IOException {
        if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
            System.err.println("flannel: uninstall needs root");
            return 1;
        }
        Logger.getLogger("").setLevel(Level.WARNING); // what is removed is printed
        List<RunningFlanneld> running = RunningFlanneld.all();
        if (!running.isEmpty()) {
            running.forEach(flanneld -> System.err.println("flannel: flanneld is running here: " + flanneld));
            if (!dryRun) {
                System.err.println(
                        "flannel: nothing was removed, for it would put everything back. Stop it first, as by"
                                + " `systemctl disable --now flanneld`, or delete its DaemonSet");
                return 1;
            }
        }
        try (Kernel kernel = new RouteSocket()) {
            Remains remains = new Remains(kernel, subnetFile.toAbsolutePath());
            return remove(remains) ? 0 : 1;
        }
    }

    private boolean remove(Remains remains) throws IOException {
        boolean clean = true;
        List<Remnant> found = remains.find(cni);
        for (Remnant remnant : found) {
            clean &= dryRun ? show(remnant) : remove(remnant);
        }
        remains.strangers().forEach(stranger -> System.out.println("left alone: " + stranger));
        if (found.isEmpty()) {
            System.out.println("nothing of flannel's is here");
        }
        return clean;
    }

    private static boolean show(Remnant remnant) {
        System.out.println(
                remnant.obstacle().isEmpty()
                        ? "would remove " + remnant.words()
                        : "would keep " + remnant.words() + ": " + remnant.obstacle());
        return true;
    }

    /// One that cannot be removed is reported, and the others go.
    private static boolean remove(Remnant remnant) {
        if (!remnant.obstacle().isEmpty()) {
            System.err.println("flannel: kept " + remnant.words() + ": " + remnant.obstacle());
            return false;
        }
        try {
            remnant.removal().run();
            System.out.println("removed " + remnant.words());
            return true;
        } catch (IOException e) {
            System.err.println("flannel: could not remove " + remnant.words() + ": " + e.getMessage());
            return false;
        }
    }
}
