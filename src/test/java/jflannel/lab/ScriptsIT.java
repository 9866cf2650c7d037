package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import jflannel.linux.Command;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The shell scripts that start, build and test, under a strict shell.
class ScriptsIT {
    private static final String LAUNCH =
            Path.of("src/main/dist/lib/launch.sh").toAbsolutePath().toString();

    @TempDir
    Path folder;

    private Path java(String where, String version) throws IOException {
        Path home = Files.createDirectories(folder.resolve(where));
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("bin/java"), "#!/bin/sh\n");
        assertThat(home.resolve("bin/java").toFile().setExecutable(true)).isTrue();
        Files.writeString(home.resolve("release"), "OS_NAME=\"Linux\"\nJAVA_VERSION=\"" + version + "\"\n");
        return home;
    }

    @ParameterizedTest(name = "Java {0}: {1}")
    @CsvSource({"25, yes", "25.0.3, yes", "25-ea, yes", "26.0.1, yes", "100, yes", "17.0.15, no", "1.8.0_402, no"})
    void aJavaThatIsTooOldIsNotTaken(String version, String taken) throws Exception {
        Path home = java("jdk", version);
        Command.Result result =
                Command.attempt("", "sh", "-euc", ". " + LAUNCH + "; is_java_25 \"$0\"", home.toString());
        assertThat(result.exitCode() == 0 ? "yes" : "no").isEqualTo(taken);
    }

    @Test
    void aRuntimeBesideTheProgramComesFirst() throws Exception {
        Path runtime = java("runtime", "25.0.1");
        Path other = java("other", "26");
        String find = ". " + LAUNCH + "; home=$0; JAVA_HOME=$1; find_java; echo \"$java_home\"";
        assertThat(Command.run("sh", "-euc", find, folder.toString(), other.toString()))
                .isEqualTo(runtime + "\n");
        assertThat(Command.run("sh", "-euc", find, "/nowhere", other.toString()))
                .isEqualTo(other + "\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "flannel",
                ".ci/run",
                ".ci/count-tests",
                "src/main/dist/bin/flanneld",
                "src/main/dist/bin/flannel",
                "src/packaging/debian/postinst",
                "src/packaging/debian/prerm",
                "src/packaging/debian/postrm",
                "src/packaging/image/iptables-choice",
                "src/test/resources/jflannel/testing/refuse-to-fetch"
            })
    void scriptsAreExecutableAndParse(String script) throws Exception {
        assertThat(Path.of(script)).isExecutable();
        Command.run("sh", "-n", script);
    }

    @Test
    void helpNeedsNothing() throws Exception {
        assertThat(Command.run("env", "-i", "PATH=/usr/bin:/bin", "./flannel", "help"))
                .contains("build", "test", "lab");
    }

    @Test
    void theLockOfTheBuildIsGivenBackToo() throws Exception {
        Path home = java("jdk", "25");
        script("jdk/bin/javac", "");
        script("place/flannel", Files.readString(Path.of("flannel")));
        script("place/src/main/dist/lib/launch.sh", Files.readString(Path.of(LAUNCH)));
        script("place/src/build/install.sh", Files.readString(Path.of("src/build/install.sh")));
        script("place/pom.xml", "");
        script("place/target/jflannel/bin/flannel", "#!/bin/sh\ntest -e /proc/self/fd/9 && echo kept || echo given\n");
        Path stamp = folder.resolve("place/target/jflannel/.stamp"); // of another build that was faster
        script("bin/mvn", "#!/bin/sh\ntouch " + stamp + "\necho Apache Maven 3.9.9\n");
        String path = folder.resolve("bin") + ":/usr/bin:/bin";
        assertThat(Command.run(
                        "env",
                        "-i",
                        "HOME=" + folder,
                        "JAVA_HOME=" + home,
                        "PATH=" + path,
                        folder.resolve("place/flannel").toString(),
                        "show"))
                .isEqualTo("given\n");
        assertThat(stamp).exists();
    }

    private void script(String where, String text) throws IOException {
        Path script = folder.resolve(where);
        Files.createDirectories(script.getParent());
        Files.writeString(script, text);
        assertThat(script.toFile().setExecutable(true)).isTrue();
    }

    @Test
    void theCountAddsUpAndListsWhatWasSkipped() throws Exception {
        report("surefire", "tests=\"5\" errors=\"1\" skipped=\"1\" failures=\"1\"", """
                <testcase name="a" classname="x.ATest" time="0"/>
                <testcase name="b" classname="x.ATest" time="0">
                <failure message="wanted &lt;1&gt; &amp; got 2" type="T">trace</failure>
                </testcase>
                <testcase name="c" classname="x.ATest" time="0">
                <skipped message="no &quot;wireguard&quot; here"/>
                </testcase>
                <testcase name="d" classname="x.ATest" time="0">
                <error message="gone" type="T">trace</error>
                </testcase>
                <testcase name="e" classname="x.ATest" time="0"/>
                """);
        report("failsafe", "tests=\"1\" errors=\"0\" skipped=\"0\" failures=\"0\"", """
                <testcase name="f" classname="x.FIT" time="0"/>
                """);
        Command.Result result = count("0");
        assertThat(result.exitCode()).isNotZero();
        assertThat(result.output()).isEqualTo("""
                FAILED  x.ATest.b: wanted <1> & got 2
                FAILED  x.ATest.d: gone
                skipped x.ATest.c: no "wireguard" here
                3 passed, 2 failed, 1 skipped
                """);
    }

    @Test
    void onlyAWholeRunWithoutFailuresIsGood() throws Exception {
        assertThat(count("0").exitCode()).as("no test at all").isNotZero();
        report("surefire", "tests=\"1\" errors=\"0\" skipped=\"0\" failures=\"0\"", "");
        assertThat(count("0").output()).isEqualTo("1 passed, 0 failed, 0 skipped\n");
        assertThat(count("0").exitCode()).isZero();
        assertThat(count("1").exitCode()).as("Maven failed").isNotZero();
        assertThat(count("1").output()).endsWith("1 passed, 0 failed, 0 skipped\n");
    }

    private void report(String kind, String sums, String cases) throws IOException {
        Path file = Files.createDirectories(folder.resolve(kind)).resolve("TEST-x." + kind + ".xml");
        Files.writeString(file, """
                <?xml version="1.0" encoding="UTF-8"?>
                <testsuite name="x" time="0.1" %s>
                %s</testsuite>
                """.formatted(sums, cases));
    }

    private Command.Result count(String maven) throws IOException {
        return Command.attempt(
                "",
                "sh",
                ".ci/count-tests",
                folder.resolve("surefire").toString(),
                folder.resolve("failsafe").toString(),
                maven);
    }
}
