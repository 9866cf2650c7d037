package jflannel.tool;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import jflannel.docker.Docker;
import jflannel.docker.UserNetwork;
import jflannel.lease.ConfigException;
import jflannel.names.DaemonFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `flannel docker-network`: a network of Docker's for containers that reach those of other hosts.
@Command(
        name = "docker-network",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "A network of Docker's for containers that reach those of other hosts.",
        subcommands = DockerNetworkCommand.Create.class)
final class DockerNetworkCommand {
    @Command(
            name = "create",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Makes a Docker network with this host's subnet, or makes it again if the host has another one by now.",
                "One that has containers is not touched. Ends with 0 if the network is as it should be, else with 1.",
                "flanneld --docker-network=NAME does the same whenever the subnet changes."
            })
    static final class Create implements Callable<Integer> {
        @Parameters(
                paramLabel = "NAME",
                defaultValue = UserNetwork.USUAL_NAME,
                description = "Its name. Default: ${DEFAULT-VALUE}")
        private String name;

        @Option(
                names = "--subnet-file",
                defaultValue = DaemonFiles.SUBNET,
                paramLabel = "FILE",
                description = "The file of that flag of flanneld. Default: ${DEFAULT-VALUE}")
        private Path subnetFile;

        @Override
        public Integer call() throws IOException {
            UserNetwork wanted = UserNetwork.of(name, subnetFile.toString(), text());
            return switch (new Docker().converge(wanted)) {
                case Docker.Outcome.AsWished() -> say("the Docker network " + name + " is as it should be");
                case Docker.Outcome.Made(String words) -> say(words);
                case Docker.Outcome.Blocked(String why) -> {
                    System.err.println("flannel: " + why);
                    yield 1;
                }
            };
        }

        private String text() throws IOException {
            try {
                return new String(Files.readAllBytes(subnetFile), StandardCharsets.UTF_8);
            } catch (NoSuchFileException e) {
                throw new ConfigException(
                        subnetFile + " does not exist: start flanneld first; its status.json says what it waits for.");
            }
        }

        private static int say(String words) {
            System.out.println(words);
            return 0;
        }
    }
}
