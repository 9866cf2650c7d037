package jflannel.policy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import jflannel.ip.Ip;

/// A key or a value of an nftables set, as the kernel compares it: fields one after the other, each padded to the
/// four bytes of a register.
public final class Octets {
    public static final Octets NONE = new Octets(new byte[0]);

    private final byte[] bytes;
    /// Kept, because thousands of them are looked up at each change.
    private final int hash;

    Octets(byte[] bytes) {
        this.bytes = bytes;
        this.hash = Arrays.hashCode(bytes);
    }

    public byte[] bytes() {
        return bytes;
    }

    static Octets addresses(Ip... addresses) {
        ByteBuffer buffer = ByteBuffer.allocate(addresses.length * addresses[0].bytes().length);
        for (Ip address : addresses) {
            buffer.put(address.bytes());
        }
        return new Octets(buffer.array());
    }

    /// A protocol's number and a port, as they are in a packet.
    static Octets port(int protocol, int port) {
        return new Octets(new byte[] {(byte) protocol, 0, 0, 0, (byte) (port >>> 8), (byte) port, 0, 0});
    }

    Octets and(Octets next) {
        byte[] both = Arrays.copyOf(bytes, bytes.length + next.bytes.length);
        System.arraycopy(next.bytes, 0, both, bytes.length, next.bytes.length);
        return new Octets(both);
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Octets octets && hash == octets.hash && Arrays.equals(bytes, octets.bytes);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return HexFormat.of().formatHex(bytes);
    }
}
