package jflannel.tool;

import java.util.concurrent.Callable;
import jflannel.manual.Completion;
import jflannel.manual.Programs;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `flannel completion`: what makes a shell complete the words of both programs.
@Command(
        name = "completion",
        mixinStandardHelpOptions = true,
        description = {
            "Prints a script by which a shell completes the words of flannel and flanneld. The Debian package installs it.",
            "For bash: source <(flannel completion bash). For zsh: source <(flannel completion zsh), after compinit."
                    + " For fish: flannel completion fish | source"
        })
final class CompletionCommand implements Callable<Integer> {
    @Parameters(paramLabel = "bash|zsh|fish", description = "The shell.")
    private Completion shell;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        System.out.print(shell.of(Programs.of(spec.root().commandLine())));
        System.out.print(shell.of(Programs.flanneld()));
        return 0;
    }
}
