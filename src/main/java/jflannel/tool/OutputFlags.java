package jflannel.tool;

import java.io.IOException;
import java.util.Map;
import java.util.function.Supplier;
import jflannel.json.Json;
import jflannel.lease.ConfigException;
import jflannel.work.Printable;
import picocli.CommandLine.Option;

/// How a tool shows what it found, once or again and again.
final class OutputFlags {
    @Option(
            names = {"-o", "--output"},
            defaultValue = "text",
            paramLabel = "text|json",
            description = "For people, or for programs. Default: ${DEFAULT-VALUE}")
    private Form form;

    @Option(
            names = "--watch",
            arity = "0..1",
            fallbackValue = "2",
            defaultValue = "0",
            paramLabel = "SECONDS",
            description = "Show it again every two seconds, or as many as are given, until Ctrl-C")
    private int seconds;

    /// Shows something, to be repeated.
    interface Show {
        /// @return the exit code
        int on(Screen screen) throws IOException;
    }

    /// @return the exit code of the last time
    int repeat(Show show) throws IOException {
        if (seconds < 0) {
            throw new ConfigException("--watch", seconds, "Give a number of seconds from 1.");
        }
        Screen screen = Screen.ofOutput(System.getenv());
        while (true) {
            int code = show.on(screen);
            if (seconds == 0) {
                return code;
            }
            try {
                Thread.sleep(seconds * 1000L);
            } catch (InterruptedException e) {
                return code;
            }
            if (form == Form.text) {
                System.out.print(screen.cleared());
            }
        }
    }

    /// Prints one of the forms; repeated JSON is one object a line.
    void print(Supplier<String> text, Supplier<Map<String, Object>> fields) {
        if (form == Form.text) {
            System.out.print(text.get());
        } else {
            Map<String, Object> json = fields.get();
            System.out.println(Printable.json(seconds > 0 ? Json.compact(json) : Json.indented(json)));
        }
        System.out.flush();
    }
}
