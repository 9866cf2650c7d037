package jflannel.bpf;

import java.util.Locale;

/// The machine's registers, of 64 bits each.
///
/// A call takes its arguments from R1 to R5 and leaves its result in R0; R1 to R5 are undefined afterwards, R6 to R9
/// keep what they hold. A program begins with its context in R1, and ends with its verdict in R0.
public enum Register {
    R0,
    R1,
    R2,
    R3,
    R4,
    R5,
    R6,
    R7,
    R8,
    R9,
    /// The end of the stack: 512 bytes lie below. Read-only.
    FRAME;

    @Override
    public String toString() {
        return this == FRAME ? "r10" : name().toLowerCase(Locale.ROOT);
    }
}
