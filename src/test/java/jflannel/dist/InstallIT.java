package jflannel.dist;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jflannel.linux.Command;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What `./flannel` installs and fetches, with stand-ins for apt and Maven, on a machine without any of the programs
/// that lie in /usr/sbin.
@ExtendWith(OwnNetns.class)
class InstallIT {
    private static final Path POLICY = Path.of("/usr/sbin/policy-rc.d");

    @TempDir
    Path folder;

    @BeforeEach
    void makeACheckout() throws IOException {
        for (String file : List.of("flannel", "src/build/install.sh", "src/main/dist/lib/launch.sh")) {
            script("checkout/" + file, Files.readString(Path.of(file)));
        }
        for (String file : List.of("package.sh", "image.sh")) {
            script("checkout/src/packaging/" + file, Files.readString(Path.of("src/packaging", file)));
        }
        script("checkout/pom.xml", "");
        script("jdk/bin/java", "");
        script("jdk/bin/javac", "");
        script("jdk/bin/jar", "#!/bin/sh\nexec '%s/bin/jar' \"$@\"\n".formatted(System.getProperty("java.home")));
        script("jdk/release", "JAVA_VERSION=\"25\"\n");
        script("bin/mvn", "#!/bin/sh\necho Apache Maven 3.9.9\n");
        aptGet("exit 0");
    }

    private void script(String where, String text) throws IOException {
        Path script = folder.resolve(where);
        Files.createDirectories(script.getParent());
        Files.writeString(script, text);
        assertThat(script.toFile().setExecutable(true)).isTrue();
    }

    /// @param install what apt-get does when it is to install something
    private void aptGet(String install) throws IOException {
        script("bin/apt-get", """
                #!/bin/sh
                echo "$@" >>%s/calls
                case $* in *install*) %s ;; esac
                """.formatted(folder, install));
    }

    private String calls() throws IOException {
        Path calls = folder.resolve("calls");
        return Files.exists(calls) ? Files.readString(calls) : "";
    }

    private Command.Result flannel(String... words) throws IOException {
        // in a test's private view of the file system
        sh("mount -t tmpfs none /usr/sbin");
        // a runner in the background ignores signals, and what it starts would too
        List<String> all = new ArrayList<>(List.of("env", "--default-signal", "-i"));
        all.addAll(List.of(
                "HOME=" + folder,
                "JAVA_HOME=" + folder.resolve("jdk"),
                "PATH=" + folder.resolve("bin") + ":/usr/bin:/bin",
                folder.resolve("checkout/flannel").toString()));
        all.addAll(List.of(words));
        return Command.attempt("", all.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"HUP", "INT", "TERM"})
    void lettingNoServiceStartEndsWithTheInstallation(String signal) throws Exception {
        aptGet("cp %s %s/seen; kill -%s $PPID".formatted(POLICY, folder, signal));

        Command.Result result = flannel("lab");

        assertThat(result.exitCode()).as(result.errors()).isEqualTo(128 + Integer.parseInt(sh("kill -l " + signal)));
        assertThat(folder.resolve("seen")).as("while apt was at work").exists();
        assertThat(POLICY).doesNotExist();
    }

    @Test
    void aFailedInstallationLetsServicesStartAgain() throws Exception {
        aptGet("exit 100");

        assertThat(flannel("lab").errors()).contains("apt-get install failed");
        assertThat(POLICY).doesNotExist();
    }

    @Test
    void noServiceStartsWhileAptIsAtWorkButThoseOfLaterDo() throws Exception {
        aptGet("%s; echo $? >%s/while; kill -KILL $PPID".formatted(POLICY, folder));

        flannel("lab");

        assertThat(folder.resolve("while")).hasContent("101");
        assertThat(POLICY).as("nobody was left to remove it").exists();
        assertThat(Command.attempt("", POLICY.toString()).exitCode()).isZero();
    }

    @Test
    void thePolicyOfSomebodyElseStays() throws Exception {
        aptGet("echo theirs >" + POLICY);
        flannel("lab");

        assertThat(POLICY).hasContent("theirs");
    }

    @Test
    void packingWhatIsBuiltFetchesNothing() throws Exception {
        Command.Result result = flannel("package", "--built");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.errors()).contains("nothing is fetched here", "iptables", "nftables");
        assertThat(calls()).isEmpty();
    }

    @Test
    void aUserWithoutRootIsToldOnceWhatIsMissing() throws Exception {
        Files.delete(folder.resolve("bin/mvn"));
        script("bin/id", "#!/bin/sh\necho 1000\n");
        sh("! mvn=$(command -v mvn) || mount --bind /dev/null \"$(readlink -f \"$mvn\")\"");

        Command.Result result = flannel("lab");

        assertThat(result.errors())
                .contains("sudo apt-get update && sudo apt-get install")
                .contains("iptables", "nftables", "maven");
        assertThat(calls()).isEmpty();
    }

    @ParameterizedTest(name = "as pinned: {0}")
    @ValueSource(booleans = {true, false})
    void mavenIsTakenOnlyIfItIsTheOneThatIsPinned(boolean pinned) throws Exception {
        String version = sh("sed -n 's/^MAVEN_FETCHED=\\([0-9.]*\\).*/\\1/p' src/build/install.sh");
        Path maven = Path.of("apache-maven-" + version);
        script("zip/" + maven + "/bin/mvn", "#!/bin/sh\necho the one that was fetched; exit 1\n");
        sh("cd %s/zip && jar --create --no-manifest --file ../maven.zip .".formatted(folder));
        if (pinned) {
            sh(
                    "cd %s && sed -i \"s/^MAVEN_SHA512=.*/MAVEN_SHA512=$(sha512sum <maven.zip | cut -d ' ' -f 1)/\" checkout/src/build/install.sh"
                            .formatted(folder));
        }
        script("bin/mvn", """
                #!/bin/sh
                echo Apache Maven 3.8.7
                for word in "$@"; do
                    case $word in -DoutputDirectory=*) cp %s/maven.zip "${word#*=}/%s-bin.zip" ;; esac
                done
                """.formatted(folder, maven));
        Command.Result result = flannel("build");

        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(Files.exists(folder.resolve(".cache/jflannel").resolve(maven)))
                .isEqualTo(pinned);
        assertThat(result.output() + result.errors()).contains(pinned ? "the one that was fetched" : "its SHA-512 is ");
    }
}
