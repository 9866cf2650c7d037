package jflannel.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

/// What the runtime gets: an exit code and the text on standard output, which tells the result or the error.
///
/// @param output passed on byte for byte
record Answer(int exitCode, byte[] output) {
    /// Success without a result, as every command but ADD and VERSION has it.
    static final Answer DONE = new Answer(0, new byte[0]);

    static Answer of(int exitCode, String output) {
        return new Answer(exitCode, output.getBytes(UTF_8));
    }

    boolean succeeded() {
        return exitCode == 0;
    }

    String text() {
        return new String(output, UTF_8);
    }
}
