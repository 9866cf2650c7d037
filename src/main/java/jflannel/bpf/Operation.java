package jflannel.bpf;

/// Arithmetic on all 64 bits of a register.
public enum Operation {
    ADD(0x00, "+="),
    SUBTRACT(0x10, "-="),
    MULTIPLY(0x20, "*="),
    OR(0x40, "|="),
    AND(0x50, "&="),
    SHIFT_LEFT(0x60, "<<="),
    SHIFT_RIGHT(0x70, ">>="),
    XOR(0xa0, "^="),
    SET(0xb0, "=");

    final int code;
    private final String sign;

    Operation(int code, String sign) {
        this.code = code;
        this.sign = sign;
    }

    @Override
    public String toString() {
        return sign;
    }
}
