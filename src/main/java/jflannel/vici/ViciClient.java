package jflannel.vici;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Commands to charon, one after the other. For one thread at a time.
public final class ViciClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    /// More than 5,000 peers have, so that a charon that streams without end is noticed.
    private static final int MOST_STREAMED = 200_000;

    private final ViciSocket socket;

    /// @param path of charon's socket
    /// @throws IOException if nobody listens there
    public ViciClient(Path path) throws IOException {
        socket = new ViciSocket(path);
    }

    /// Sends a command and returns the answer.
    ///
    /// @throws ViciException if charon refuses it; the message is charon's, without what was sent
    public Section ask(String command, Section message) throws IOException {
        socket.send(Packet.request(command, message), PATIENCE);
        Section answer = answer(command, null);
        if (answer.text("success").equals("no")) {
            throw new ViciException("%s: %s".formatted(command, answer.text("errmsg")));
        }
        return answer;
    }

    /// Sends a command whose answer is a stream of events.
    public List<Section> stream(String command, String event) throws IOException {
        confirm(Packet.register(event));
        socket.send(Packet.request(command, Section.EMPTY), PATIENCE);
        List<Section> events = new ArrayList<>();
        answer(command, events);
        confirm(Packet.unregister(event));
        return events;
    }

    /// Waits for the answer to a command.
    ///
    /// @param events takes those that come before it; null if there should be none
    private Section answer(String command, List<Section> events) throws IOException {
        while (true) {
            Packet packet = socket.receive(PATIENCE);
            switch (packet.type()) {
                case CMD_RESPONSE -> {
                    return packet.message();
                }
                case CMD_UNKNOWN -> throw new ViciException("this charon does not know the command " + command);
                case EVENT -> {
                    if (events == null) {
                        throw unexpected(packet);
                    }
                    if (events.size() == MOST_STREAMED) {
                        throw new ViciException("%s: more than %d answers".formatted(command, MOST_STREAMED));
                    }
                    events.add(packet.message());
                }
                default -> throw unexpected(packet);
            }
        }
    }

    private void confirm(Packet packet) throws IOException {
        socket.send(packet, PATIENCE);
        Packet answer = socket.receive(PATIENCE);
        if (answer.type() != Packet.Type.EVENT_CONFIRM) {
            throw answer.type() == Packet.Type.EVENT_UNKNOWN
                    ? new ViciException("this charon has no event " + packet.name())
                    : unexpected(answer);
        }
    }

    private static ViciException unexpected(Packet packet) {
        return new ViciException("charon sent %s where it should not".formatted(packet.type()));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
