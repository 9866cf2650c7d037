package jflannel.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import jflannel.lease.DockerOptions;
import jflannel.linux.Command;
import jflannel.testing.OwnNetns;
import jflannel.testing.Sh;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// mk-docker-opts.sh under the shells that /bin/sh is on common systems.
@ExtendWith(OwnNetns.class)
class DockerOptionsIT {
    private static final String SUBNET_FILE = """
            FLANNEL_NETWORK=10.1.0.0/16
            FLANNEL_SUBNET=10.1.74.1/24
            FLANNEL_MTU=1472
            FLANNEL_IPMASQ=false
            """;

    private static final String SINGLE = """
            DOCKER_OPT_BIP="--bip=10.1.74.1/24"
            DOCKER_OPT_IPMASQ="--ip-masq=true"
            DOCKER_OPT_MTU="--mtu=1472"
            """;

    private static final String COMBINED = """
            DOCKER_OPTS=" --bip=10.1.74.1/24 --ip-masq=true --mtu=1472"
            """;

    @TempDir
    Path directory;

    private Path subnetFile;
    private Path output;

    @BeforeEach
    void writeTheSubnetFile() throws IOException {
        subnetFile = Files.writeString(directory.resolve("subnet.env"), SUBNET_FILE);
        output = directory.resolve("docker.env");
    }

    /// @param words variables for the environment as NAME=VALUE, then the options of the script
    private Command.Result run(String shell, String... words) throws IOException {
        List<String> command = new ArrayList<>(List.of("env", "-u", "DOCKER_OPTS"));
        int variables = 0;
        while (variables < words.length && !words[variables].startsWith("-")) {
            command.add(words[variables++]);
        }
        command.addAll(List.of(
                shell, "src/main/dist/bin/mk-docker-opts.sh", "-f", subnetFile.toString(), "-d", output.toString()));
        command.addAll(List.of(words).subList(variables, words.length));
        return Command.attempt("", command.toArray(String[]::new));
    }

    private void succeeds(String shell, String expected, String... words) throws IOException {
        Command.Result result = run(shell, words);
        assertThat(result.errors()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(Files.readString(output)).isEqualTo(expected);
    }

    private void fails(String shell, String message, String... words) throws IOException {
        Command.Result result = run(shell, words);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.errors()).contains(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash"})
    void writesSingleOrCombinedOptionsOrBoth(String shell) throws Exception {
        succeeds(shell, SINGLE + COMBINED);
        succeeds(shell, SINGLE, "-i");
        succeeds(shell, COMBINED, "-c");
        succeeds(shell, SINGLE + COMBINED, "-i", "-c");
        succeeds(shell, COMBINED.replace("DOCKER_OPTS", "OTHER"), "-c", "-k", "OTHER");
        succeeds(shell, COMBINED.replace(" --ip-masq=true", ""), "-c", "-m");
        succeeds(shell, COMBINED.replace("/24 ", "/24 --allow-direct-routing "), "-c", "-r");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash"})
    void flanneldWritesTheSame(String shell) throws Exception {
        List<Map<String, String>> environments = List.of(
                Map.of(),
                Map.of("DOCKER_OPT_DIRECT", "--allow-direct-routing"),
                Map.of("DOCKER_OPTS", "-s x", "DOCKER_OPT_A", "--a", "MY_DOCKER_OPT_", "", "DOCKER_OPT_MTU", "mine"));
        for (String lacking : List.of("NOTHING", "FLANNEL_SUBNET", "FLANNEL_MTU", "FLANNEL_IPMASQ")) {
            for (String masquerade : List.of("true", "false", "'true' # so", "\"false\"")) {
                String text = SUBNET_FILE
                        .replace("IPMASQ=false", "IPMASQ=" + masquerade)
                        .replace(lacking, "OTHER");
                Files.writeString(subnetFile, text);
                for (Map<String, String> environment : environments) {
                    String[] words = environment.entrySet().stream()
                            .map(variable -> variable.getKey() + "=" + variable.getValue())
                            .toArray(String[]::new);
                    succeeds(shell, DockerOptions.text(text, environment), words);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"SUBNET=$(x)", "MTU=1472;x", "IPMASQ=maybe"})
    void flanneldRefusesTheSame(String line) throws Exception {
        String text = SUBNET_FILE + "FLANNEL_" + line + "\n";
        Files.writeString(subnetFile, text);
        Command.Result result = run("sh");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThatThrownBy(() -> DockerOptions.text(text, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(refusal -> assertThat(result.errors()).contains(refusal.getMessage()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash"})
    void letsDockerMasqueradeOnlyIfFlanneldDoesNot(String shell) throws Exception {
        Files.writeString(subnetFile, SUBNET_FILE.replace("IPMASQ=false", "IPMASQ=true"));
        succeeds(shell, COMBINED.replace("masq=true", "masq=false"), "-c");
        Files.writeString(subnetFile, SUBNET_FILE.replace("IPMASQ=false", "IPMASQ=maybe"));
        fails(shell, "Invalid value of FLANNEL_IPMASQ: maybe", "-c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash"})
    void addsWhatTheEnvironmentHolds(String shell) throws Exception {
        succeeds(
                shell,
                "DOCKER_OPTS=\"-s x --a --bip=10.1.74.1/24 --ip-masq=true --mtu=1472 \"\n",
                "DOCKER_OPTS=-s x",
                "DOCKER_OPT_A=--a",
                "MY_DOCKER_OPT_=",
                "-c");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash"})
    void writesNoOptionsWithoutASubnetFile(String shell) throws Exception {
        Files.delete(subnetFile);
        succeeds(shell, "DOCKER_OPTS=\"\"\n");
        succeeds(shell, "", "-i");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash"})
    void readsQuotesExportsAndComments(String shell) throws Exception {
        Files.writeString(subnetFile, """
                # FLANNEL_MTU=1
                export FLANNEL_SUBNET="10.1.74.1/24"
                FLANNEL_MTU='1472' # bytes
                FLANNEL_IPMASQ=false # so
                """);
        succeeds(shell, SINGLE + COMBINED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash"})
    void executesNothing(String shell) throws Exception {
        Path trap = directory.resolve("trap");
        for (String evil : List.of("$(touch " + trap + ")", "`touch " + trap + "`", "1;touch " + trap)) {
            Files.writeString(subnetFile, SUBNET_FILE + "FLANNEL_MTU=" + evil + "\ntouch " + trap + "\n");
            fails(shell, "Invalid value of FLANNEL_MTU", "-c");
            Files.writeString(subnetFile, SUBNET_FILE);
            succeeds(shell, "DOCKER_OPTS=\"" + evil + COMBINED.substring(13), "DOCKER_OPTS=" + evil, "-c");
            succeeds(
                    shell,
                    "DOCKER_OPTS=\" " + "x\nDOCKER_OPT_B=" + evil + COMBINED.substring(13),
                    "DOCKER_OPT_A=x\nDOCKER_OPT_B=" + evil,
                    "-c");
            fails(shell, "not the name of a variable", "-k", "A" + evil);
        }
        assertThat(trap).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash"})
    void explainsItselfOnAnyOtherOption(String shell) throws Exception {
        fails(shell, "-k NAME", "-h");
        fails(shell, "-k NAME", "-x");
        assertThat(output).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash"})
    void warnsOfARouteToThisNodesSubnetThroughAnother(String shell) throws Exception {
        Sh.sh("""
                ip link add eth0 type veth peer name far
                ip addr add 192.0.2.1/24 dev eth0
                ip link set eth0 up
                ip link set far up
                ip route add 10.1.7.0/24 via 192.0.2.2
                ip route add 110.1.74.0/24 via 192.0.2.2
                ip route add 10.1.74.0/24 dev eth0
                """);
        succeeds(shell, COMBINED, "-c");
        Sh.sh("ip route replace 10.1.74.0/24 via 192.0.2.2");
        fails(shell, "there is already a route for 10.1.74.0/24", "-c");
        assertThat(Files.readString(output)).isEqualTo(COMBINED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"dash", "bash"})
    void saysWhereItCannotWrite(String shell) throws Exception {
        Files.createDirectory(output);
        fails(shell, "cannot be written", "-c");
    }
}
