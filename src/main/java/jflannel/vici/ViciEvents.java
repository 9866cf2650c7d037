package jflannel.vici;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/// What charon reports by itself. For one thread at a time; another one may close it, which ends a wait.
public final class ViciEvents implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration FOREVER = Duration.ofDays(365);

    private final ViciSocket socket;
    private final Queue<Event> early = new ArrayDeque<>();

    /// One report.
    public record Event(String name, Section message) {}

    /// @param path of charon's socket
    /// @param names of the events
    /// @throws IOException if nobody listens there, or this charon has no such event
    public ViciEvents(Path path, List<String> names) throws IOException {
        socket = new ViciSocket(path);
        try {
            for (String name : names) {
                register(name);
            }
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    private void register(String name) throws IOException {
        socket.send(Packet.register(name), PATIENCE);
        Packet answer = socket.receive(PATIENCE);
        while (answer.type() == Packet.Type.EVENT) { // of those that are registered already
            early.add(new Event(answer.name(), answer.message()));
            answer = socket.receive(PATIENCE);
        }
        if (answer.type() != Packet.Type.EVENT_CONFIRM) {
            throw new ViciException("this charon has no event " + name);
        }
    }

    /// Waits for the next event.
    public Event next() throws IOException {
        if (!early.isEmpty()) {
            return early.remove();
        }
        Packet packet = socket.receive(FOREVER);
        if (packet.type() != Packet.Type.EVENT) {
            throw new ViciException("charon sent %s instead of an event".formatted(packet.type()));
        }
        return new Event(packet.name(), packet.message());
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
