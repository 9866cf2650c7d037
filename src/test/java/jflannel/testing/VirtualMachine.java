package jflannel.testing;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import jflannel.linux.Command;

/// An emulated machine with another kernel than this one's, and the same files: `src/test/vm/run`. `./flannel test`
/// fetches the kernel.
public final class VirtualMachine {
    private static final Path RUN = Path.of("src/test/vm/run");
    private static final List<Path> FILE_SERVERS =
            List.of(Path.of("/usr/libexec/virtiofsd"), Path.of("/usr/lib/qemu/virtiofsd"));
    /// Java compiles little in a short life, and what it compiles well is slow to compile where all is emulated.
    private static final String FLAGS =
            "-XX:TieredStopAtLevel=1 -Xshare:auto -Xmx512m --enable-native-access=ALL-UNNAMED";

    private VirtualMachine() {}

    /// Runs tests there. A machine that cannot have a virtual one skips the test that asks for it.
    ///
    /// @param tests as [GuestTests] takes them
    /// @return what they print
    public static Outcome test(int seconds, String properties, String... tests)
            throws IOException, InterruptedException {
        Path kernel = kernel();
        String java = "%s/bin/java %s %s -cp '%s' %s %s"
                .formatted(
                        System.getProperty("java.home"),
                        FLAGS,
                        properties,
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        GuestTests.class.getName(),
                        Stream.of(tests).map(test -> "'" + test + "'").collect(joining(" ")));
        Process process = new ProcessBuilder(
                        RUN.toAbsolutePath().toString(), kernel.toString(), Integer.toString(seconds), java)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }

    /// How the tests went.
    ///
    /// @param status 0 if all of them passed
    public record Outcome(int status, String output) {}

    private static Path kernel() {
        assumeTrue(
                System.getProperty("os.arch").equals("amd64")
                        && Command.find("qemu-system-x86_64").isPresent(),
                "the virtual machine needs qemu-system-x86_64");
        assumeTrue(
                FILE_SERVERS.stream().anyMatch(Files::isExecutable),
                "the virtual machine needs virtiofsd, to see this one's files");
        String cache = Objects.requireNonNullElse(
                System.getenv("XDG_CACHE_HOME"), System.getProperty("user.home") + "/.cache");
        Path kernel = Path.of(cache, "jflannel/vm/kernel");
        assumeTrue(Files.exists(kernel.resolve("initrd")), "the kernel for virtual machines was not fetched");
        return kernel;
    }
}
