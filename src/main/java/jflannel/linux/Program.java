package jflannel.linux;

import static java.lang.foreign.ValueLayout.ADDRESS;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The program that this process runs.
public final class Program {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int STDERR = 2;
    private static final int SIGHUP = 1;
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;

    private Program() {}

    /// From now on SIGHUP, SIGINT and SIGTERM end this process at once. Otherwise Java handles them, and [#become]
    /// would lose one that Java has received but not yet acted on.
    public static void letSignalsEndIt() {
        List.of(SIGHUP, SIGINT, SIGTERM).forEach(Libc::defaultSignal);
    }

    /// Turns this process into another program, which keeps the pid, the working directory and the standard streams,
    /// and nothing else: execve(2).
    ///
    /// @param arguments without the program's name
    /// @throws IOException if the program cannot be run; this process is then unchanged
    public static void become(String program, List<String> arguments, Map<String, String> environment)
            throws IOException {
        closeOnExec();
        try (Arena arena = Arena.ofConfined()) {
            Libc.execve(
                    program,
                    strings(arena, Stream.concat(Stream.of(program), arguments.stream())),
                    strings(
                            arena,
                            environment.entrySet().stream()
                                    .map(variable -> variable.getKey() + "=" + variable.getValue())));
        }
    }

    /// Java's sockets are not close-on-exec; it closes them itself in the processes that it starts.
    private static void closeOnExec() throws IOException {
        try (Stream<Path> descriptors = Files.list(DESCRIPTORS)) {
            for (Path descriptor : (Iterable<Path>) descriptors::iterator) {
                int fd = Integer.parseInt(descriptor.getFileName().toString());
                if (fd > STDERR) {
                    Libc.closeOnExec(fd);
                }
            }
        }
    }

    /// An array of pointers to strings, with a null pointer at its end.
    private static MemorySegment strings(Arena arena, Stream<String> strings) {
        List<MemorySegment> texts = strings.map(arena::allocateFrom).toList();
        MemorySegment array = arena.allocate(ADDRESS, texts.size() + 1L);
        for (int i = 0; i < texts.size(); i++) {
            array.setAtIndex(ADDRESS, i, texts.get(i));
        }
        return array;
    }
}
