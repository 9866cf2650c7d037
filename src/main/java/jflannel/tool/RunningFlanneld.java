package jflannel.tool;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A flanneld, of Java or of Go, that looks after the network namespace of the calling thread.
///
/// It is found among the kernel's processes, not by a lock file: Go flannel leaves none, and a file may outlive its
/// writer. One in a container is found too, because it shares the host's network namespace; one in another namespace,
/// as in a lab, is another host's.
record RunningFlanneld(long pid, String command) {
    private static final Path PROCESSES = Path.of("/proc");

    static List<RunningFlanneld> all() throws IOException {
        Path here = Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net"));
        List<RunningFlanneld> found = new ArrayList<>();
        try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
            for (Path process : processes) {
                try {
                    List<String> words = words(process);
                    if (isFlanneld(words) && here.equals(Files.readSymbolicLink(process.resolve("ns/net")))) {
                        long pid = Long.parseLong(process.getFileName().toString());
                        found.add(new RunningFlanneld(pid, words.getFirst()));
                    }
                } catch (IOException e) {
                    // it has ended
                }
            }
        }
        return found;
    }

    /// The command line, whose words end with zero bytes: proc(5). Empty for threads of the kernel.
    private static List<String> words(Path process) throws IOException {
        String line = new String(Files.readAllBytes(process.resolve("cmdline")), UTF_8);
        return line.isEmpty() ? List.of() : List.of(line.split("\0"));
    }

    /// True for a program of that name, for the shell that is about to become it, and for the Java that it became.
    static boolean isFlanneld(List<String> words) {
        if (words.isEmpty()) {
            return false;
        }
        String program = name(words.getFirst());
        return program.equals("flanneld")
                || program.equals("java") && words.contains("jflannel.daemon.Flanneld")
                || program.endsWith("sh")
                        && words.size() > 1
                        && name(words.get(1)).equals("flanneld");
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Override
    public String toString() {
        return "process " + pid + ", " + command;
    }
}
