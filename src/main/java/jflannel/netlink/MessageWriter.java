package jflannel.netlink;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/// Writes the body of a netlink message: a fixed struct and the attributes after it, each aligned to four bytes
/// (netlink(7)). Numbers are in the byte order of this machine unless the method says otherwise.
public final class MessageWriter {
    private static final int ATTRIBUTE_HEADER = 4;

    private ByteBuffer buffer = ByteBuffer.allocate(96).order(ByteOrder.nativeOrder());

    public MessageWriter u8(int value) {
        room(1).put((byte) value);
        return this;
    }

    public MessageWriter u16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    public MessageWriter u32(int value) {
        room(4).putInt(value);
        return this;
    }

    public MessageWriter zeros(int count) {
        room(count).put(new byte[count]);
        return this;
    }

    public MessageWriter raw(byte[] bytes) {
        room(bytes.length).put(bytes);
        return this;
    }

    public MessageWriter attribute(int type, byte[] value) {
        return nested(type, content -> content.raw(value));
    }

    /// A one-byte attribute.
    public MessageWriter u8Attribute(int type, int value) {
        return nested(type, content -> content.u8(value));
    }

    public MessageWriter u16Attribute(int type, int value) {
        return nested(type, content -> content.u16(value));
    }

    public MessageWriter u32Attribute(int type, int value) {
        return nested(type, content -> content.u32(value));
    }

    /// A 16-bit attribute in network byte order, such as a port.
    public MessageWriter portAttribute(int type, int port) {
        return nested(type, content -> content.u8(port >>> 8).u8(port));
    }

    /// A 32-bit attribute in network byte order, as netfilter writes numbers.
    public MessageWriter networkAttribute(int type, int value) {
        return nested(
                type,
                content -> content.u8(value >>> 24)
                        .u8(value >>> 16)
                        .u8(value >>> 8)
                        .u8(value));
    }

    /// A 64-bit attribute in network byte order.
    public MessageWriter networkAttribute(int type, long value) {
        return attribute(type, ByteBuffer.allocate(8).putLong(value).array());
    }

    /// A text attribute with C's terminating zero byte.
    public MessageWriter text(int type, String value) {
        return attribute(type, (value + '\0').getBytes(UTF_8));
    }

    /// An attribute made of whatever `content` writes.
    public MessageWriter nested(int type, Consumer<MessageWriter> content) {
        int start = buffer.position();
        room(ATTRIBUTE_HEADER).position(start + ATTRIBUTE_HEADER);
        content.accept(this);
        int length = buffer.position() - start;
        if (length > 0xffff) {
            throw new IllegalArgumentException("attribute " + type + " would have " + length + " bytes");
        }
        buffer.putShort(start, (short) length).putShort(start + 2, (short) type);
        return zeros(Rtnetlink.aligned(length) - length);
    }

    /// Everything written so far.
    public byte[] bytes() {
        byte[] bytes = new byte[buffer.position()];
        buffer.get(0, bytes);
        return bytes;
    }

    private ByteBuffer room(int count) {
        if (buffer.remaining() < count) {
            int capacity = Math.max(2 * buffer.capacity(), buffer.position() + count);
            buffer =
                    ByteBuffer.allocate(capacity).order(ByteOrder.nativeOrder()).put(buffer.flip());
        }
        return buffer;
    }
}
