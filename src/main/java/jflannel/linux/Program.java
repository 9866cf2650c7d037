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

    /// From now on SIGHUP, SIGINT and SIGTERM end this process at once. Java handles them otherwise, and one that it
    /// has taken and not yet acted on would be lost with [#become].
    public static void letSignalsEndIt() {
        List.of(SIGHUP, SIGINT, SIGTERM).forEach(Libc::defaultSignal);
    }

    /// This process goes on as another program, with its pid, working directory, standard input, output and error,
    /// and nothing else: execve(2).
    ///
    /// @param arguments without the program's name
    /// @throws IOException if the program cannot be run; this one then goes on
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

    /// Java leaves its sockets open to the next program, and closes them itself in the processes that it starts.
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
