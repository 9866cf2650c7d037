package jflannel.vici;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;

/// What travels in one piece: a type, for some types a name, and a message. A length of four bytes goes before it.
///
/// @param name of a command or an event; empty for types that have none
record Packet(Type type, String name, Section message) {
    /// What charon accepts, and what it sends, at most.
    static final int LONGEST = 512 * 1024;
    /// The length before each packet.
    static final int HEADER = 4;

    /// In the order of their numbers.
    enum Type {
        CMD_REQUEST,
        CMD_RESPONSE,
        CMD_UNKNOWN,
        EVENT_REGISTER,
        EVENT_UNREGISTER,
        EVENT_CONFIRM,
        EVENT_UNKNOWN,
        EVENT;

        private boolean isNamed() {
            return switch (this) {
                case CMD_REQUEST, EVENT_REGISTER, EVENT_UNREGISTER, EVENT -> true;
                case CMD_RESPONSE, CMD_UNKNOWN, EVENT_CONFIRM, EVENT_UNKNOWN -> false;
            };
        }
    }

    static Packet request(String command, Section message) {
        return new Packet(Type.CMD_REQUEST, command, message);
    }

    static Packet register(String event) {
        return new Packet(Type.EVENT_REGISTER, event, Section.EMPTY);
    }

    static Packet unregister(String event) {
        return new Packet(Type.EVENT_UNREGISTER, event, Section.EMPTY);
    }

    /// With its length before it.
    ///
    /// @throws IllegalArgumentException if charon would not accept it
    ByteBuffer encode() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(type.ordinal());
        if (type.isNamed()) {
            Section.name(name, out);
        }
        out.writeBytes(message.encode());
        if (out.size() > LONGEST) {
            throw new IllegalArgumentException("a packet of %d bytes".formatted(out.size()));
        }
        ByteBuffer packet = ByteBuffer.allocate(HEADER + out.size());
        return packet.putInt(out.size()).put(out.toByteArray()).flip();
    }

    /// @param in without the length
    static Packet decode(ByteBuffer in) throws ViciException {
        int number = in.hasRemaining() ? in.get() & 0xff : Type.values().length;
        if (number >= Type.values().length) {
            throw new ViciException("a packet of type " + number);
        }
        Type type = Type.values()[number];
        String name = type.isNamed() ? Section.name(in) : "";
        return new Packet(type, name, Section.decode(in));
    }
}
