package jflannel.names;

import java.nio.file.Path;

/// The files that a daemon writes, named after the subnet file and the state file that its flags name.
public final class DaemonFiles {
    /// The default of `--subnet-file`.
    public static final String SUBNET = "/run/flannel/subnet.env";
    /// The default of `--state-file`.
    public static final String STATE = "/var/lib/flannel/state.json";

    private static final String STATUS = "status.json";
    private static final String NAME = ".name";

    private DaemonFiles() {}

    /// What the daemon says of itself: `status.json` beside `subnet.env`, `blue-status.json` beside `blue.env`. Whoever
    /// reads a subnet file, as the CNI plugin does, finds its writer's status without knowing the network's name.
    public static Path status(Path subnetFile) {
        String stem = stem(subnetFile);
        return beside(subnetFile, stem.equals("subnet") ? STATUS : stem + "-" + STATUS);
    }

    /// Where a daemon notes the name that its network has, for its own restart. Like what bears the name, the note does
    /// not outlive a reboot.
    public static Path name(Path subnetFile) {
        return beside(subnetFile, stem(subnetFile) + NAME);
    }

    /// Where the state of a network is kept if that of the default network is in `file`.
    public static Path state(Path file, Names names) {
        if (names.isDefault()) {
            return file;
        }
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.');
        String stem = dot <= 0 ? name : name.substring(0, dot);
        return file.resolveSibling(stem + "-" + names.network() + name.substring(stem.length()));
    }

    private static Path beside(Path subnetFile, String name) {
        return subnetFile.toAbsolutePath().resolveSibling(name);
    }

    private static String stem(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".env") && name.length() > 4 ? name.substring(0, name.length() - 4) : name;
    }
}
