package jflannel.live;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import jflannel.foreign.Packet;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.trace.Question;
import jflannel.trace.Sighting;
import jflannel.work.Printable;

/// The bodies of [Message]s: which probe to watch for, and what was seen of it. Parsed strictly.
final class Watch {
    private static final int MOST_DEVICES = 16;
    private static final int MOST_NAME = 15; // IFNAMSIZ
    private static final int MOST_WORDS = 300;

    private Watch() {}

    /// Of WATCH.
    static byte[] of(Probe probe) {
        Question question = probe.question();
        byte[] source = question.source().bytes();
        return ByteBuffer.allocate(14 + 2 * source.length)
                .put((byte) source.length)
                .put((byte) question.protocol())
                .putShort((short) question.port())
                .putShort((short) probe.sourcePort())
                .putLong(probe.mark())
                .put(source)
                .put(question.destination().bytes())
                .array();
    }

    /// @return empty if it is no probe that [Probe#of] makes
    static Optional<Probe> probe(byte[] body) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(body);
            int length = buffer.get();
            int protocol = Byte.toUnsignedInt(buffer.get());
            int port = Short.toUnsignedInt(buffer.getShort());
            int sourcePort = Short.toUnsignedInt(buffer.getShort());
            long mark = buffer.getLong();
            if (length != Family.IPV4.bytes() && length != Family.IPV6.bytes() || buffer.remaining() != 2 * length) {
                return Optional.empty();
            }
            Ip source = address(buffer, length);
            Ip destination = address(buffer, length);
            int icmp = source.family() == Family.IPV4 ? Packet.ICMP : Packet.ICMPV6;
            boolean hasPorts = protocol == Packet.TCP || protocol == Packet.UDP;
            return mark > 0 && (hasPorts ? port > 0 : protocol == icmp && port == 0)
                    ? Optional.of(new Probe(new Question(source, destination, protocol, port), sourcePort, mark))
                    : Optional.empty();
        } catch (BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    private static Ip address(ByteBuffer buffer, int length) {
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return Ip.of(bytes);
    }

    /// Of WATCHING: empty, or why it does not.
    static byte[] refusal(String words) {
        byte[] bytes = words.getBytes(StandardCharsets.UTF_8);
        return bytes.length <= MOST_WORDS ? bytes : Arrays.copyOf(bytes, MOST_WORDS);
    }

    static String refusal(byte[] body) {
        return Printable.line(new String(body, StandardCharsets.UTF_8));
    }

    /// Of SEEN.
    static byte[] of(List<Sighting> sightings) {
        ByteBuffer buffer = ByteBuffer.allocate(Message.BODY_BYTES);
        List<Sighting> first = sightings.subList(0, Math.min(MOST_DEVICES, sightings.size()));
        buffer.put((byte) first.size());
        for (Sighting seen : first) {
            byte[] name = seen.device().getBytes(StandardCharsets.US_ASCII);
            int flags = (seen.request().isPresent() ? 1 : 0)
                    | (seen.reply().isPresent() ? 2 : 0)
                    | (seen.certain() ? 4 : 0);
            buffer.put((byte) name.length)
                    .put(name)
                    .put((byte) flags)
                    .putLong(seen.request().orElse(0))
                    .putLong(seen.reply().orElse(0));
        }
        byte[] body = new byte[buffer.position()];
        buffer.flip().get(body);
        return body;
    }

    /// @return empty if it is none; hops are counted from 0
    static Optional<List<Sighting>> sightings(byte[] body) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(body);
            int count = Byte.toUnsignedInt(buffer.get());
            List<Sighting> sightings = new ArrayList<>();
            for (int i = 0; i < Math.min(count, MOST_DEVICES); i++) {
                byte[] name = new byte[Math.min(MOST_NAME, Byte.toUnsignedInt(buffer.get()))];
                buffer.get(name);
                int flags = buffer.get();
                long request = buffer.getLong();
                long reply = buffer.getLong();
                sightings.add(new Sighting(
                        i,
                        Printable.line(new String(name, StandardCharsets.US_ASCII)),
                        (flags & 1) != 0 ? OptionalLong.of(request) : OptionalLong.empty(),
                        (flags & 2) != 0 ? OptionalLong.of(reply) : OptionalLong.empty(),
                        (flags & 4) != 0));
            }
            return buffer.hasRemaining() ? Optional.empty() : Optional.of(List.copyOf(sightings));
        } catch (BufferUnderflowException e) {
            return Optional.empty();
        }
    }
}
