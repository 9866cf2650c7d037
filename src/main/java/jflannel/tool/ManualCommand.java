package jflannel.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.Callable;
import jflannel.manual.Completion;
import jflannel.manual.ManPage;
import jflannel.manual.Program;
import jflannel.manual.Programs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `flannel manual`: man pages and completion as files, where packages have them. For the build.
@Command(
        name = "manual",
        hidden = true,
        mixinStandardHelpOptions = true,
        description = "Writes man pages and completion.")
final class ManualCommand implements Callable<Integer> {
    private static final String OF_FLANNEL = """
            .SH "EXIT STATUS"
            0 for yes and well, 1 for no and failed, 2 for a command line that cannot be understood.
            .SH ENVIRONMENT
            .TP
            \\fBFLANNELD_ETCD_PASSWORD\\fR
            Password of the user of \\fB\\-\\-etcd\\-username\\fR.
            .PP
            The other variables of flanneld(8) are read too.
            .SH "SEE ALSO"
            flanneld(8)
            """;

    private static final String OF_FLANNELD = """
            .SH "EXIT STATUS"
            0 after SIGTERM or SIGINT, 1 if a setting, the node or the store makes a start impossible, 2 for a wrong command
            line or an occupied port.
            .SH FILES
            .TP
            \\fI/run/flannel/subnet.env\\fR
            This host's subnet, MTU and so on, as environment variables.
            .TP
            \\fI/run/flannel/status.json\\fR
            What is wrong, and what to do about it.
            .TP
            \\fI/var/lib/flannel/state.json\\fR
            What the host last knew of the network.
            .TP
            \\fI/etc/default/flanneld\\fR
            Settings of the systemd service.
            .SH "SEE ALSO"
            flannel(1)
            """;

    @Parameters(paramLabel = "FOLDER", description = "Where: as /usr/share.")
    private Path folder;

    @Option(names = "--version-of", paramLabel = "VERSION", required = true, description = "The programs' version.")
    private String version;

    @Option(names = "--seconds", paramLabel = "SECONDS", required = true, description = "Their date, since 1970.")
    private long seconds;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        String date = Instant.ofEpochSecond(seconds)
                .atOffset(ZoneOffset.UTC)
                .toLocalDate()
                .toString();
        Program flannel = Programs.of(spec.root().commandLine());
        Program flanneld = Programs.flanneld();
        write("man/man1/flannel.1", ManPage.of(flannel, 1, version, date, OF_FLANNEL));
        write("man/man8/flanneld.8", ManPage.of(flanneld, 8, version, date, OF_FLANNELD));
        for (Program program : List.of(flannel, flanneld)) {
            write("bash-completion/completions/" + program.name(), Completion.bash.of(program));
            write("zsh/vendor-completions/_" + program.name(), Completion.zsh.of(program));
            write("fish/vendor_completions.d/" + program.name() + ".fish", Completion.fish.of(program));
        }
        return 0;
    }

    private void write(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
