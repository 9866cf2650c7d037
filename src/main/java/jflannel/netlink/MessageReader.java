package jflannel.netlink;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;

/// Reads the body of a netlink message: a fixed struct, then attributes. Mirrors [MessageWriter].
///
/// Every read is checked against the length of the message. One that does not contain what its headers claim ends in
/// a [KernelException] with EBADMSG that names the object, the attribute and the length.
public final class MessageReader {
    private static final int ATTRIBUTE_HEADER = 4;
    /// Without the two flags that a type may carry: NLA_F_NESTED and NLA_F_NET_BYTEORDER.
    private static final int ATTRIBUTE_TYPE = 0x3fff;

    private final String object;
    private final ByteBuffer bytes;
    private int type;
    private ByteBuffer value;

    /// @param object what the message describes, for error messages
    public MessageReader(String object, byte[] bytes) {
        this(object, ByteBuffer.wrap(bytes));
    }

    /// Reads what remains of `bytes`; does not move its position.
    public MessageReader(String object, ByteBuffer bytes) {
        this.object = object;
        this.bytes = bytes.slice().order(ByteOrder.nativeOrder());
    }

    public int u8() throws KernelException {
        return need(1).get() & 0xff;
    }

    public int u16() throws KernelException {
        return need(2).getShort() & 0xffff;
    }

    public int u32() throws KernelException {
        return need(4).getInt();
    }

    public long u64() throws KernelException {
        return need(8).getLong();
    }

    public byte[] raw(int count) throws KernelException {
        byte[] copy = new byte[count];
        need(count).get(copy);
        return copy;
    }

    public MessageReader skip(int count) throws KernelException {
        need(count).position(bytes.position() + count);
        return this;
    }

    /// How many bytes are left.
    public int remaining() {
        return bytes.remaining();
    }

    /// A reader of the next `count` bytes, which this one skips.
    public MessageReader part(int count) throws KernelException {
        return new MessageReader(object, raw(count));
    }

    /// Moves to the next attribute, of any type; false at the end.
    public boolean nextAttribute() throws KernelException {
        if (bytes.remaining() < ATTRIBUTE_HEADER) {
            return false; // less than a header is padding
        }
        int start = bytes.position();
        int length = bytes.getShort(start) & 0xffff;
        type = bytes.getShort(start + 2) & ATTRIBUTE_TYPE;
        if (length < ATTRIBUTE_HEADER || length > bytes.remaining()) {
            throw malformed("attribute %d claims %d of %d bytes".formatted(type, length, bytes.remaining()));
        }
        value = bytes.slice(start + ATTRIBUTE_HEADER, length - ATTRIBUTE_HEADER).order(ByteOrder.nativeOrder());
        bytes.position(start + Math.min(Rtnetlink.aligned(length), bytes.remaining()));
        return true;
    }

    public int attributeType() {
        return type;
    }

    public int u8Attribute() throws KernelException {
        return needValue(1).get(0) & 0xff;
    }

    public int u16Attribute() throws KernelException {
        return needValue(2).getShort(0) & 0xffff;
    }

    public int u32Attribute() throws KernelException {
        return needValue(4).getInt(0);
    }

    /// A 64-bit number in network byte order.
    public long u64Attribute() throws KernelException {
        needValue(8);
        return ByteBuffer.wrap(bytesAttribute()).getLong();
    }

    /// A 16-bit number in network byte order.
    public int portAttribute() throws KernelException {
        return (needValue(2).get(0) & 0xff) << 8 | value.get(1) & 0xff;
    }

    /// A 32-bit number in network byte order, as nftables writes them.
    public int networkIntAttribute() throws KernelException {
        return needValue(4).duplicate().order(ByteOrder.BIG_ENDIAN).getInt(0);
    }

    /// A 64-bit number in network byte order, as nftables writes them.
    public long networkLongAttribute() throws KernelException {
        return needValue(8).duplicate().order(ByteOrder.BIG_ENDIAN).getLong(0);
    }

    public byte[] bytesAttribute() {
        byte[] copy = new byte[value.remaining()];
        value.get(0, copy);
        return copy;
    }

    /// A text up to its first zero byte or its end.
    public String text() {
        byte[] copy = bytesAttribute();
        int end = 0;
        while (end < copy.length && copy[end] != 0) {
            end++;
        }
        return new String(copy, 0, end, UTF_8);
    }

    /// An address; its length says which family.
    public Ip ip() throws KernelException {
        if (value.remaining() != 4 && value.remaining() != 16) {
            throw malformed("attribute %d has %d bytes, which is no IP address".formatted(type, value.remaining()));
        }
        return Ip.of(bytesAttribute());
    }

    public Ip ip(Family family) throws KernelException {
        needValue(family.bytes());
        return Ip.of(bytesAttribute());
    }

    /// An Ethernet address, or null if the link layer has addresses of another length (InfiniBand, tunnels).
    public Mac mac() {
        return value.remaining() == 6 ? Mac.of(bytesAttribute()) : null;
    }

    /// The attributes within the current attribute.
    public MessageReader nested() {
        return new MessageReader(object, value);
    }

    public KernelException malformed(String what) {
        return new KernelException("read " + object, Errno.EBADMSG.number(), what);
    }

    private ByteBuffer need(int count) throws KernelException {
        if (bytes.remaining() < count) {
            throw malformed("it ends after %d bytes".formatted(bytes.limit()));
        }
        return bytes;
    }

    private ByteBuffer needValue(int length) throws KernelException {
        if (value.remaining() != length) {
            throw malformed("attribute %d has %d bytes instead of %d".formatted(type, value.remaining(), length));
        }
        return value;
    }
}
