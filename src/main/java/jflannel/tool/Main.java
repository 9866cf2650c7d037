package jflannel.tool;

import java.util.List;
import jflannel.lease.ConfigException;
import jflannel.work.Printable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// The operator's command, `flannel`. Each subcommand is a class of its own.
@Command(
        name = "flannel",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Looks at, tries out and explains the overlay network.",
        subcommands = {
            CompletionCommand.class,
            DockerNetworkCommand.class,
            DoctorCommand.class,
            DumpCommand.class,
            ImportCommand.class,
            LeaseCommand.class,
            ManualCommand.class,
            PeerCommand.class,
            PeersCommand.class,
            PolicyCommand.class,
            StatusCommand.class,
            TraceCommand.class,
            UninstallCommand.class,
            WireguardCommand.class
        })
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(run(args));
    }

    /// @param more subcommands beside those that are always there
    /// @return exit code: 0 for yes and well, 1 for no and failed, 2 for a command line that cannot be understood
    public static int run(String[] args, Object... more) {
        CommandLine commandLine = new CommandLine(new Main());
        for (Object subcommand : more) {
            commandLine.addSubcommand(subcommand);
        }
        commandLine.setExecutionExceptionHandler((e, command, parsed) -> {
            if (isEnding()) {
                return 1; // what fails after Ctrl-C fails because of it
            }
            // the message is for the user; a trace is for who mends the program
            command.getErr().println("flannel: " + Printable.lines(String.valueOf(e.getMessage())));
            if (!(e instanceof ConfigException || e instanceof java.io.IOException)) {
                e.printStackTrace(command.getErr());
            }
            return e instanceof ConfigException ? 2 : 1;
        });
        return commandLine.execute(args);
    }

    /// The training run of this command's AOT cache: classes that it does not meet are loaded slowly in real life.
    @Command(name = "rehearse", hidden = true)
    int rehearse(@Parameters(paramLabel = "LINE", description = "A command and its options") List<String> lines) {
        for (String line : lines) {
            System.out.println(line + ": " + run(line.split(" ")));
        }
        return 0;
    }

    private static boolean isEnding() {
        Thread probe = new Thread(() -> {});
        try {
            Runtime.getRuntime().addShutdownHook(probe);
            Runtime.getRuntime().removeShutdownHook(probe);
            return false;
        } catch (IllegalStateException e) {
            return true;
        }
    }
}
