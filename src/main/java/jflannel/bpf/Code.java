package jflannel.bpf;

/// A program as the kernel takes it.
///
/// @param bytes the instructions
/// @param listing the same in words, a line for each, with labels
public record Code(byte[] bytes, String listing) {
    public Code {
        bytes = bytes.clone();
    }

    @Override
    public byte[] bytes() {
        return bytes.clone();
    }

    /// How many instructions it has.
    public int length() {
        return bytes.length / Instruction.BYTES;
    }
}
