package jflannel.bpf;

/// What a conditional jump compares, without signs.
public enum Comparison {
    EQUAL(0x10, "=="),
    NOT_EQUAL(0x50, "!="),
    ABOVE(0x20, ">"),
    BELOW(0xa0, "<"),
    /// Some of the bits are set in both.
    SHARES_BITS(0x40, "&");

    final int code;
    private final String sign;

    Comparison(int code, String sign) {
        this.code = code;
        this.sign = sign;
    }

    @Override
    public String toString() {
        return sign;
    }
}
