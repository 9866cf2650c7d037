package jflannel.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// `struct bpf_insn` of linux/bpf.h: eight bytes.
///
/// @param words what it does, for listings
record Instruction(int code, int destination, int source, int offset, int immediate, String words) {
    static final int BYTES = 8;

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    /// The same with another jump distance.
    Instruction jumping(int distance) {
        return new Instruction(code, destination, source, distance, immediate, words);
    }

    void write(ByteBuffer to) {
        to.put((byte) code)
                .put((byte) (LITTLE_ENDIAN ? source << 4 | destination : destination << 4 | source))
                .putShort((short) offset)
                .putInt(immediate);
    }
}
