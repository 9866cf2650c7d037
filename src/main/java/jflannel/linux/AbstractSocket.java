package jflannel.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/// A name that one process at a time can hold in its network namespace, and loses when it ends, however that happens:
/// an abstract Unix socket that nobody talks to (unix(7)).
public final class AbstractSocket implements AutoCloseable {
    private static final Path LIST = Path.of("/proc/thread-self/net/unix");
    private static final int SO_PEERCRED = 17;
    private static final int CREDENTIALS = 12;
    /// How many processes may ask who holds the name. Nobody answers them, so they stay in the queue.
    private static final int QUEUE = 4096;

    private static final int ATTEMPTS = 3;
    private static final long PAUSE_NANOS = 5_000_000;

    private final Fd fd;

    private AbstractSocket(Fd fd) {
        this.fd = fd;
    }

    /// The holder of a name.
    ///
    /// @param pid as this process sees it; 0 if it cannot see that process
    /// @param uid the user, as this process sees it
    public record Holder(int pid, int uid) {}

    /// Takes a name in the calling thread's network namespace.
    ///
    /// @param name with a leading `@`, less than 108 bytes
    /// @return empty if another process holds it
    public static Optional<AbstractSocket> take(String name) throws IOException {
        Fd fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM, 0);
        try (Arena arena = Arena.ofConfined()) {
            Libc.bind(fd, UnixAddress.of(arena, name), name);
            Libc.listen(fd, QUEUE);
            return Optional.of(new AbstractSocket(fd));
        } catch (KernelException e) {
            fd.close();
            if (e.is(Errno.EADDRINUSE)) {
                return Optional.empty();
            }
            throw e;
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /// The holder of a name; empty if there is none, or one that does not listen.
    public static Optional<Holder> holder(String name) throws IOException {
        Optional<Holder> holder = ask(name);
        for (int attempt = 1; holder.isEmpty() && attempt < ATTEMPTS; attempt++) {
            LockSupport.parkNanos(PAUSE_NANOS); // between bind and listen there is a moment
            holder = ask(name);
        }
        return holder;
    }

    private static Optional<Holder> ask(String name) throws IOException {
        try (Arena arena = Arena.ofConfined();
                Fd fd = Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_NONBLOCK, 0)) {
            MemorySegment state = Libc.callState(arena);
            MemorySegment address = UnixAddress.of(arena, name);
            if (Libc.connect(fd.number(), address, (int) address.byteSize(), state) < 0) {
                return Optional.empty();
            }
            MemorySegment credentials = arena.allocate(CREDENTIALS, 4);
            MemorySegment length = arena.allocateFrom(JAVA_INT, CREDENTIALS);
            int result = Libc.getsockopt(fd.number(), Libc.SOL_SOCKET, SO_PEERCRED, credentials, length, state);
            return result < 0
                    ? Optional.empty()
                    : Optional.of(new Holder(credentials.get(JAVA_INT, 0), credentials.get(JAVA_INT, 4)));
        }
    }

    /// What follows `start` in the names held in the calling thread's network namespace.
    ///
    /// @param start of a name, with its `@`
    public static List<String> namesAfter(String start) throws IOException {
        // any process may choose any bytes
        try (var lines = Files.lines(LIST, StandardCharsets.ISO_8859_1)) {
            return lines.map(line -> line.indexOf(start) < 0 ? "" : line.substring(line.indexOf(start)))
                    .filter(name -> !name.isEmpty())
                    .map(name -> name.substring(start.length()))
                    .distinct()
                    .toList();
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
