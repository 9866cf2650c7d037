package jflannel.cni;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import jflannel.json.Json;
import jflannel.linux.Command;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// How the plugin deals with its delegate, played by a script.
@ExtendWith(OwnNetns.class)
class DelegateIT {
    private String versions = "{\"supportedVersions\":[\"1.1.0\"]}";

    @TempDir
    Path directory;

    private CniRuntime runtime;

    @BeforeEach
    void writeSubnetEnv() throws IOException {
        Files.writeString(directory.resolve("subnet.env"), """
                FLANNEL_NETWORK=10.244.0.0/16
                FLANNEL_SUBNET=10.244.33.1/24
                FLANNEL_MTU=1450
                FLANNEL_IPMASQ=true
                """);
        runtime = new CniRuntime(directory);
    }

    private void delegate(String script) throws IOException {
        Path bridge = Files.writeString(
                directory.resolve("bridge"),
                "#!/bin/sh\ncd " + directory + "\n[ $CNI_COMMAND = VERSION ] && cat >/dev/null && echo '" + versions
                        + "' && exit\n" + script);
        Files.setPosixFilePermissions(bridge, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private String conf(String more) {
        return """
                {"cniVersion":"1.1.0","name":"n","subnetFile":"%1$s/subnet.env","dataDir":"%1$s/data"%2$s}
                """.formatted(directory, more);
    }

    private Command.Result run(String command, String more) throws IOException {
        return runtime.run(command, "flannel", "pod1", "eth0", conf(more));
    }

    @Test
    void passesItsAnswerOnUnchanged() throws Exception {
        delegate("cat >in; echo careful >&2; echo '{ \"b\": 1,  \"a\": 2 }'; echo $CNI_COMMAND $CNI_CONTAINERID >env");
        Command.Result result = run("ADD", "");
        assertThat(result).isEqualTo(new Command.Result(0, "{ \"b\": 1,  \"a\": 2 }\n", "careful\n"));
        assertThat(directory.resolve("in")).hasSameTextualContentAs(directory.resolve("data/pod1"));
        assertThat(directory.resolve("env")).hasContent("ADD pod1");
    }

    @Test
    void passesItsErrorOnUnchanged() throws Exception {
        String error = "{\"code\":  101, \"msg\": \"no\"}\n";
        delegate("cat >/dev/null; printf '%s\\n' '" + error.strip() + "'; exit 3");
        assertThat(run("ADD", "")).isEqualTo(new Command.Result(3, error, ""));
    }

    /// A delegate that speaks no newer version than 1.0.0, as Debian's.
    private static final String OLD = """
            conf=$(cat)
            case $conf in
              *'"cniVersion":"1.1.0"'*) echo '{"code":1,"msg":"incompatible CNI versions"}'; exit 1 ;;
            esac
            echo $CNI_COMMAND "$conf" >>done
            """;

    @Test
    void nothingIsLeftOfAnAddThatTheDelegateRefusedForItsVersion() throws Exception {
        versions = "{\"supportedVersions\":[\"0.4.0\",\"1.0.0\"]}";
        delegate(OLD);
        Command.Result refused = run("ADD", "");
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.output()).contains("incompatible CNI versions");
        assertThat(directory.resolve("data")).isEmptyDirectory();
        assertThat(run("DEL", "").exitCode()).isZero();
        assertThat(directory.resolve("done")).doesNotExist();
    }

    @Test
    void undoesInAVersionThatTheDelegateSpeaksWhatWasAddedInAnother() throws Exception {
        delegate("cat >/dev/null; echo '{}'");
        run("ADD", "");
        runtime.run("ADD", "flannel", "pod2", "eth0", conf(""));
        versions = "{\"supportedVersions\":[\"0.4.0\",\"1.0.0\"]}";
        delegate(OLD); // the delegates were replaced by older ones
        assertThat(run("DEL", "").exitCode()).isZero();
        assertThat(Files.readString(directory.resolve("done")))
                .startsWith("DEL {\"cniVersion\":\"1.0.0\"")
                .contains("10.244.33.0/24");
        assertThat(directory.resolve("data/pod1")).doesNotExist();
        sh("mkdir %1$s/pods; touch %1$s/pods/pod2@eth0 %1$s/pods/ready=pod2@eth0".formatted(directory));
        assertThat(runtime.run("GC", "flannel", "", "", conf(",\"cni.dev/valid-attachments\":[]"))
                        .exitCode())
                .isZero();
        assertThat(directory.resolve("data")).isEmptyDirectory();
        assertThat(directory.resolve("pods")).as("what network policies go by").isEmptyDirectory();
        Files.delete(directory.resolve("pods"));
        versions = "{\"supportedVersions\":[\"9.0.0\"]}";
        delegate("cat >/dev/null; echo '{}'");
        run("ADD", "");
        delegate("cat >/dev/null; echo '{\"code\":1,\"msg\":\"no\"}'; exit 1");
        assertThat(run("DEL", "").exitCode()).as("nothing in common").isEqualTo(1);
        assertThat(directory.resolve("data/pod1")).exists();
    }

    @Test
    void findsWordsForADelegateThatHasNone() throws Exception {
        delegate("echo killed by a bug >&2; exit 139");
        assertThat(Json.object(run("ADD", "").output()).get("msg"))
                .isEqualTo(directory + "/bridge exited with 139 and said: killed by a bug");
        delegate("echo nonsense; exit 2");
        assertThat(Json.object(run("ADD", "").output()).get("msg"))
                .isEqualTo(directory + "/bridge exited with 2 and said: nonsense");
    }

    @Test
    void keepsWhatIsNeededForTheNextAttemptIfDeletingFails() throws Exception {
        delegate("cat >/dev/null; echo '{}'");
        run("ADD", "");
        delegate("cat >/dev/null; echo '{\"code\":5,\"msg\":\"busy\"}'; exit 1");
        assertThat(run("DEL", "").exitCode()).isEqualTo(1);
        assertThat(directory.resolve("data/pod1")).exists();
        delegate("cat >in; echo $CNI_COMMAND >env");
        assertThat(run("DEL", "").exitCode()).isZero();
        assertThat(directory.resolve("env")).hasContent("DEL");
        assertThat(directory.resolve("in")).content().contains("\"mtu\":1450");
        assertThat(directory.resolve("data")).isEmptyDirectory();
    }

    @Test
    void forgetsWhatCannotBeRead() throws Exception {
        Files.createDirectory(directory.resolve("data"));
        Files.writeString(directory.resolve("data/pod1"), "{");
        Command.Result result = run("DEL", "");
        assertThat(result.exitCode()).isZero();
        assertThat(result.errors()).startsWith("failed to parse netconf: " + directory + "/data/pod1");
        assertThat(directory.resolve("data")).isEmptyDirectory();
    }

    @Test
    void askedForItsStatusItAsksTheDelegate() throws Exception {
        delegate("cat >/dev/null; [ $CNI_COMMAND = STATUS ]");
        assertThat(run("STATUS", "")).isEqualTo(new Command.Result(0, "", ""));
        delegate("cat >/dev/null; echo '{\"code\":51,\"msg\":\"full\"}'; exit 1");
        assertThat(run("STATUS", "").output()).contains("full");
        sh("sed -i s/1.1.0/1.0.0/ " + directory + "/bridge");
        assertThat(run("STATUS", "").output()).contains("does not speak version 1.1.0 of CNI");
        Files.delete(directory.resolve("subnet.env"));
        assertThat(run("STATUS", "").output()).contains("\"code\": 50");
    }

    @Test
    void theDelegateCollectsToo() throws Exception {
        delegate("cat >in; echo $CNI_COMMAND >env");
        String valid = ",\"cni.dev/valid-attachments\":[]";
        assertThat(run("GC", valid).exitCode()).isZero();
        assertThat(directory.resolve("env")).hasContent("GC");
        assertThat(directory.resolve("in")).content().contains("\"cni.dev/valid-attachments\":[]", "\"mtu\":1450");
        delegate("cat >/dev/null; echo '{\"code\":5,\"msg\":\"busy\"}'; exit 1");
        assertThat(run("GC", valid).output()).contains("busy");
    }

    @Test
    void isNotItsOwnDelegate() throws Exception {
        assertThat(run("ADD", ",\"delegate\":{\"type\":\"flannel\"}").output()).contains("flannel cannot be its own");
        assertThat(run("ADD", ",\"delegate\":{\"type\":\"../bridge\"}").output())
                .contains("invalid plugin name");
    }
}
