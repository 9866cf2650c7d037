package jflannel.docker;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jflannel.linux.Command;

/// The Docker daemon of this host, by its command-line client, which finds it as it does for everyone: at the usual
/// socket, or where DOCKER_HOST says.
public final class Docker {
    /// What became of a network that is desired.
    public sealed interface Outcome {
        /// It was as desired.
        record AsWished() implements Outcome {}

        /// It was made, or made again.
        record Made(String words) implements Outcome {}

        /// It is there and different, and cannot be made again now.
        ///
        /// @param why with what to do about it
        record Blocked(String why) implements Outcome {}
    }

    /// Makes a network as it should be. One with containers is left alone, for they would lose their network.
    ///
    /// @throws IOException if there is no Docker, or it does not answer or refuses
    public Outcome converge(UserNetwork wanted) throws IOException {
        int version = version();
        Optional<NetworkView> there = inspect(wanted.name());
        if (there.isEmpty()) {
            create(wanted, version);
            return new Outcome.Made("made the Docker network %s with %s".formatted(wanted.name(), wanted.subnets()));
        }
        String difference = wanted.difference(there.get(), version);
        if (difference.isEmpty()) {
            return new Outcome.AsWished();
        }
        String named = "the Docker network " + wanted.name();
        if (!there.get().own()) {
            return new Outcome.Blocked("%s was not made by flannel, and does not fit: %s. Remove it, or choose another"
                            .formatted(named, difference)
                    + " name");
        }
        List<String> containers = containers(wanted.name());
        if (!containers.isEmpty()) {
            return new Outcome.Blocked(
                    ("%s does not fit: %s. Remove its containers, as by docker compose down, and start"
                                    + " them once it has been made again: %s")
                            .formatted(named, difference, String.join(", ", containers)));
        }
        run("network", "rm", wanted.name());
        create(wanted, version);
        return new Outcome.Made("made the Docker network %s again, with %s".formatted(wanted.name(), wanted.subnets()));
    }

    /// The names of the networks that this program made, with the containers that need each of them.
    ///
    /// @throws IOException if there is no Docker, or it does not answer
    public Map<String, List<String>> own() throws IOException {
        Map<String, List<String>> own = new TreeMap<>();
        for (String name : run("network", "ls", "--filter=label=" + UserNetwork.LABEL, "--format={{.Name}}")
                .lines()
                .toList()) {
            own.put(name, containers(name));
        }
        return own;
    }

    public void remove(String network) throws IOException {
        run("network", "rm", network);
    }

    private void create(UserNetwork wanted, int version) throws IOException {
        try {
            run(wanted.creation(version).toArray(String[]::new));
        } catch (Command.Failed e) {
            if (e.getMessage().contains("overlaps")) {
                throw new IOException(
                        e.getMessage() + ". Another Docker network has this host's subnet: if it is the"
                                + " default one, start dockerd without --bip",
                        e);
            }
            throw e;
        }
    }

    private static int version() throws IOException {
        String version = run("version", "--format={{.Server.Version}}").strip();
        try {
            return Integer.parseInt(version.replaceFirst("\\D.*", ""));
        } catch (NumberFormatException e) {
            throw new IOException("docker names a version that cannot be read: " + version, e);
        }
    }

    private static Optional<NetworkView> inspect(String name) throws IOException {
        // a name is also a beginning of a name or of an id to inspect, so it is looked up first
        String id = run("network", "ls", "--quiet", "--no-trunc", "--filter=name=^" + name.replace(".", "\\.") + "$")
                .strip();
        if (id.isEmpty()) {
            return Optional.empty();
        }
        String json = run(
                "network",
                "inspect",
                "--format={{json .}}",
                id.lines().findFirst().orElseThrow());
        try {
            return Optional.of(NetworkView.parse(json));
        } catch (IllegalArgumentException e) {
            throw new IOException("docker describes the network " + name + " in a way that cannot be read", e);
        }
    }

    /// All that would miss the network, also those that do not run.
    private static List<String> containers(String network) throws IOException {
        return run("ps", "--all", "--filter=network=" + network, "--format={{.Names}}")
                .lines()
                .sorted()
                .toList();
    }

    private static String run(String... words) throws IOException {
        List<String> all = new ArrayList<>(List.of(Command.find("docker")
                .map(Object::toString)
                .orElseThrow(() -> new IOException("there is no program docker in PATH"))));
        all.addAll(List.of(words));
        return Command.run(all.toArray(String[]::new));
    }
}
