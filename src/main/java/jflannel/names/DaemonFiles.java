package jflannel.names;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files that a daemon writes, named after the subnet file and the state file that its flags name.
public final class DaemonFiles {
    /// The default of `--subnet-file`.
    public static final String SUBNET = "/run/flannel/subnet.env";
    /// The default of `--subnet-dir`.
    public static final String SUBNETS = "/run/flannel/networks";
    /// The default of `--state-file`.
    public static final String STATE = "/var/lib/flannel/state.json";

    private static final String WIREGUARD_KEY = "wgkey";
    /// What the daemon puts before the name of a pod's note in its answer.
    public static final String READY_POD = "ready=";

    private static final String STATUS = "status.json";
    private static final String PODS = "pods";
    private static final String CHARON = "charon.vici";
    private static final String CHARON_CONFIGURATION = "charon.conf";
    private static final String DOCKER_OPTIONS = "docker_opts.env";

    private static final String COMMANDS = "-commands.json";
    private static final String CLOUD_ROUTES = "-cloud-routes.json";
    private static final String NAME = ".name";
    private static final String DRAFT = ".new";
    private static final Pattern STATE_FILE =
            Pattern.compile("\\.?(state(-[a-z0-9]{1,6})?(-commands|-cloud-routes)?\\.json|" + WIREGUARD_KEY + ").*");

    private DaemonFiles() {}

    /// What the daemon says of itself: `status.json` beside `subnet.env`, `blue-status.json` beside `blue.env`.
    /// A reader of a subnet file, such as the CNI plugin, finds its writer's status without knowing the network's
    /// name.
    public static Path status(Path subnetFile) {
        String stem = stem(subnetFile);
        return beside(subnetFile, stem.equals("subnet") ? STATUS : stem + "-" + STATUS);
    }

    /// The directory that is there while network policies are enforced, in which the CNI plugin notes which pod has
    /// which address: `pods` beside `subnet.env`, `blue-pods` beside `blue.env`.
    public static Path pods(Path subnetFile) {
        String stem = stem(subnetFile);
        return beside(subnetFile, stem.equals("subnet") ? PODS : stem + "-" + PODS);
    }

    /// True for a note of the CNI plugin in that directory.
    public static boolean isPodNote(Path file) {
        String name = file.getFileName().toString();
        return name.contains("@") && !name.startsWith(".") && !name.startsWith(READY_POD);
    }

    /// True for the name of such a directory, of any daemon.
    public static boolean isOfPods(String name) {
        return name.equals(PODS) || name.endsWith("-" + PODS);
    }

    /// The socket of the charon that a daemon runs: `charon.vici` beside `subnet.env`, `blue-charon.vici` beside
    /// `blue.env`.
    public static Path charon(Path subnetFile) {
        String stem = stem(subnetFile);
        return beside(subnetFile, stem.equals("subnet") ? CHARON : stem + "-" + CHARON);
    }

    /// True for the configuration of a charon that a daemon runs.
    public static boolean isCharon(String name) {
        return name.endsWith(CHARON_CONFIGURATION);
    }

    /// The socket that belongs to such a configuration.
    public static Path charonOf(Path configuration) {
        String name = configuration.getFileName().toString();
        return configuration.resolveSibling(name.substring(0, name.length() - CHARON_CONFIGURATION.length()) + CHARON);
    }

    /// Where a daemon notes its network's name for its own restart. Like everything with that name, the note does not
    /// survive a reboot.
    public static Path name(Path subnetFile) {
        return beside(subnetFile, stem(subnetFile) + NAME);
    }

    /// Where the state of a network is kept. A path that the operator chose is used unchanged.
    ///
    /// @param file of `--state-file`; null for none
    public static Path state(Path file, Names names) {
        return Path.of(STATE).equals(file) ? of(file, names) : file;
    }

    /// Where a node keeps the key of its WireGuard devices: beside its state, which outlives a reboot.
    ///
    /// @param stateFile null if it keeps none
    public static Path wireguardKey(Path stateFile, Names names) {
        return beside(stateFile == null ? Path.of(STATE) : stateFile, mine(WIREGUARD_KEY, names));
    }

    /// Where Go flannel has it, until a reboot.
    public static Path formerWireguardKey(Names names) {
        return beside(Path.of(SUBNET), mine(WIREGUARD_KEY, names));
    }

    private static String mine(String name, Names names) {
        return names.isDefault() ? name : name + "-" + names.network();
    }

    /// Where it is kept what the commands of the backend `extension` have added: beside the state.
    ///
    /// @param state of this network
    public static Path commands(Path state) {
        return besideState(state, COMMANDS);
    }

    private static Path besideState(Path state, String end) {
        String name = state.getFileName().toString();
        int dot = name.lastIndexOf('.');
        return state.resolveSibling((dot < 1 ? name : name.substring(0, dot)) + end);
    }

    /// True for such a file of any network that keeps its state where it is by default.
    public static boolean isCommands(String name) {
        return name.startsWith("state") && name.endsWith(COMMANDS) && isState(name);
    }

    /// Where it is kept which routes are in a cloud's tables: beside the state.
    ///
    /// @param state of this network
    public static Path cloudRoutes(Path state) {
        return besideState(state, CLOUD_ROUTES);
    }

    /// True for such a file of any network that keeps its state where it is by default.
    public static boolean isCloudRoutes(String name) {
        return name.startsWith("state") && name.endsWith(CLOUD_ROUTES) && isState(name);
    }

    /// Where `mk-docker-opts.sh` and those who call it keep the options for Docker: beside the subnet file, or one
    /// directory up, as `/run/docker_opts.env` is.
    public static List<Path> dockerOptions(Path subnetFile) {
        Path beside = beside(subnetFile, DOCKER_OPTIONS);
        Path above = beside.getParent().resolveSibling(DOCKER_OPTIONS);
        return List.of(beside, above);
    }

    /// The subnet file of one of the networks of a daemon that serves several.
    public static Path subnet(Path directory, String network) {
        return directory.resolve(network + ".env");
    }

    /// A network's file where several may share a path.
    public static Path of(Path file, Names names) {
        if (names.isDefault()) {
            return file;
        }
        String name = file.getFileName().toString();
        int dot = name.lastIndexOf('.') < 1 ? name.length() : name.lastIndexOf('.');
        return file.resolveSibling(name.substring(0, dot) + "-" + names.network() + name.substring(dot));
    }

    /// Which of the files of a folder the daemons of this host write beside their subnet files: drafts too.
    ///
    /// @param folder names of all its files; a note of a network's name implies a subnet file
    /// @param subnetFile one that is known to exist, or to have existed
    public static Predicate<String> ofDaemons(Collection<String> folder, Path subnetFile) {
        Set<String> names = new HashSet<>();
        Stream.concat(
                        Stream.of(stem(subnetFile)),
                        folder.stream()
                                .filter(name -> name.endsWith(NAME))
                                .map(name -> name.substring(0, name.length() - NAME.length())))
                .forEach(stem -> {
                    Path file = subnetFile.resolveSibling(stem + ".env");
                    Stream.of(file, status(file), name(file))
                            .forEach(path -> names.add(path.getFileName().toString()));
                });
        names.add(subnetFile.getFileName().toString());
        names.add(DOCKER_OPTIONS);
        return name -> names.contains(name)
                || name.startsWith(".")
                        && name.endsWith(DRAFT)
                        && (name.startsWith(".status") || names.stream().anyMatch(ours -> name.startsWith("." + ours)));
    }

    /// True for the state file or the key of any network, or a draft of one.
    public static boolean isState(String name) {
        return STATE_FILE.matcher(name).matches();
    }

    private static Path beside(Path subnetFile, String name) {
        return subnetFile.toAbsolutePath().resolveSibling(name);
    }

    private static String stem(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".env") && name.length() > 4 ? name.substring(0, name.length() - 4) : name;
    }
}
