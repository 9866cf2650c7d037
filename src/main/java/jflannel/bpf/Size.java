package jflannel.bpf;

/// How much a load or store moves.
public enum Size {
    U32(0x00, 4),
    U16(0x08, 2),
    U8(0x10, 1),
    U64(0x18, 8);

    final int code;
    private final int bytes;

    Size(int code, int bytes) {
        this.code = code;
        this.bytes = bytes;
    }

    public int bytes() {
        return bytes;
    }

    @Override
    public String toString() {
        return "u" + 8 * bytes;
    }
}
