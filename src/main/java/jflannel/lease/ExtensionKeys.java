package jflannel.lease;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The options of the backend `extension`: commands, split at white space, in which `$NAME` and `${NAME}` stand for
/// variables.
public final class ExtensionKeys {
    /// What means something to a shell, which runs none of these.
    private static final Pattern SHELL = Pattern.compile("['\"`|;&<>\\\\]|\\$\\(");

    public static final BackendOption<String> PRE_STARTUP = command(
            "PreStartupCommand",
            "run before this node announces itself. What it prints is announced, and is the input of the other nodes'"
                    + " commands for this one");

    public static final BackendOption<String> POST_STARTUP =
            command("PostStartupCommand", "run once this node has its subnet, and before pods may start");

    public static final BackendOption<String> SUBNET_ADD =
            command("SubnetAddCommand", "run for each other node that joins, changes, or is there already");

    public static final BackendOption<String> SUBNET_REMOVE =
            command("SubnetRemoveCommand", "run for each other node that leaves, and before a changed one is added");

    public static final BackendOption<Integer> TIMEOUT = BackendOption.number(
            "CommandTimeout", 30, 1, 3600, "seconds after which a command is killed, with all that it started");

    public static final BackendOption<Integer> MTU = BackendOption.number(
                    "MTU",
                    0,
                    0,
                    65535,
                    "the largest packet that a pod may send, in bytes; limited to the MTU of the interface")
            .byDefault("that of the external interface (also with 0)");

    private static final List<BackendOption<String>> COMMANDS =
            List.of(PRE_STARTUP, POST_STARTUP, SUBNET_ADD, SUBNET_REMOVE);

    static final List<BackendOption<?>> ALL =
            List.of(PRE_STARTUP, POST_STARTUP, SUBNET_ADD, SUBNET_REMOVE, TIMEOUT, MTU);

    private ExtensionKeys() {}

    private static BackendOption<String> command(String name, String meaning) {
        return BackendOption.text(name, "", meaning).byDefault("none");
    }

    /// Warnings about commands that were written for a shell, as those of early versions of Go flannel.
    static List<String> doubts(JsonFields backend) {
        List<String> doubts = new ArrayList<>();
        for (BackendOption<String> option : COMMANDS) {
            if (SHELL.matcher(option.of(backend)).find()) {
                doubts.add(
                        "%s: no shell runs this command: quotes, pipes and the like are passed on as they are. Put it into a script."
                                .formatted(backend.where(option.name())));
            }
        }
        return doubts;
    }
}
