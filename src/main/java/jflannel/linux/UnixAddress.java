package jflannel.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// Addresses of Unix sockets, `struct sockaddr_un`: unix(7).
public final class UnixAddress {
    /// Room in `sun_path`, in bytes.
    static final int ROOM = 108;

    private UnixAddress() {}

    /// The family in host order and the path. An abstract name, written with a leading `@`, begins with a zero byte
    /// instead and has no end but the address's length.
    ///
    /// @throws IOException if it is neither a path nor an abstract name, or too long
    public static MemorySegment of(Arena arena, String socket) throws IOException {
        boolean isAbstract = socket.startsWith("@");
        byte[] name = socket.getBytes(UTF_8);
        if (!isAbstract && !socket.startsWith("/") || name.length >= ROOM) {
            throw new IOException(socket + " is neither a path nor an @name of less than " + ROOM + " bytes");
        }
        MemorySegment address = arena.allocate(2 + name.length + (isAbstract ? 0 : 1), 2);
        address.set(JAVA_SHORT, 0, (short) Libc.AF_UNIX);
        MemorySegment.copy(name, 0, address, JAVA_BYTE, 2, name.length);
        if (isAbstract) {
            address.set(JAVA_BYTE, 2, (byte) 0);
        }
        return address;
    }
}
