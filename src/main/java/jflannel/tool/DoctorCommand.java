package jflannel.tool;

import java.io.IOException;
import java.util.concurrent.Callable;
import jflannel.doctor.Diagnosis;
import jflannel.doctor.Doctor;
import jflannel.doctor.Grade;
import jflannel.doctor.Report;
import jflannel.work.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `flannel doctor`: what is wrong with this host's network, why, and what to do about it.
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Names the causes of what is wrong with this host's network, with evidence and remedy.",
            "Works with flanneld up or down, and on hosts of Go flannel. Changes nothing.",
            "Ends with 0 if nothing is wrong, 1 if something does not work as it should, 2 if the network does not work."
        })
final class DoctorCommand implements Callable<Integer> {
    @Option(
            names = "--no-probe",
            description = "Send no packets to other nodes. Otherwise a few of them get a few, for a few seconds.")
    private boolean quiet;

    @Mixin
    private NodeFlags node;

    @Mixin
    private OutputFlags output;

    @Override
    public Integer call() throws IOException {
        return output.repeat(this::show);
    }

    private int show(Screen screen) throws IOException {
        Report report = Doctor.examine(node.find(), !quiet);
        output.print(() -> text(report, screen), report::fields);
        return report.worst().exitCode();
    }

    static String text(Report report, Screen screen) {
        StringBuilder text = new StringBuilder();
        for (Diagnosis one : report.found()) {
            String head = "%-9s".formatted(one.grade().word());
            text.append(painted(head, one.grade(), screen))
                    .append(screen.title(one.check().code()))
                    .append(": ")
                    .append(screen.wrapped(Printable.line(one.cause()), 9))
                    .append(System.lineSeparator());
            one.evidence()
                    .forEach(seen -> text.append("    seen  ")
                            .append(screen.wrapped(Printable.line(seen), 10))
                            .append(System.lineSeparator()));
            text.append("    do    ")
                    .append(Printable.line(one.remedy())) // in one line, to be copied
                    .append(System.lineSeparator());
        }
        report.unexamined()
                .forEach(it -> text.append("not examined: ")
                        .append(screen.wrapped(Printable.line(it.what() + ": " + it.why()), 14))
                        .append(System.lineSeparator()));
        return text.append(last(report)).append(System.lineSeparator()).toString();
    }

    private static String last(Report report) {
        long wrong =
                report.found().stream().filter(it -> it.grade() != Grade.NOTE).count();
        return (wrong == 0 ? "Nothing is wrong" : wrong == 1 ? "1 thing is wrong" : wrong + " things are wrong")
                + (report.unexamined().isEmpty() ? "." : ", as far as could be examined.")
                + (report.probed() == 0 ? "" : " Packets went to " + nodes(report.probed()) + ".");
    }

    private static String nodes(int count) {
        return count == 1 ? "one other node" : count + " other nodes";
    }

    private static String painted(String text, Grade grade, Screen screen) {
        return switch (grade) {
            case NOTE -> text;
            case DEGRADED -> screen.doubtful(text);
            case BROKEN -> screen.bad(text);
        };
    }
}
