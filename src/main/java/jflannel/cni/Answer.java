package jflannel.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Optional;
import jflannel.json.Json;
import jflannel.json.JsonException;

/// What the runtime gets: an exit code, and the result or error as text on standard output.
///
/// @param output passed on byte for byte
record Answer(int exitCode, byte[] output) {
    /// Success without a result, as for every command except ADD and VERSION.
    static final Answer DONE = new Answer(0, new byte[0]);

    static Answer of(int exitCode, String output) {
        return new Answer(exitCode, output.getBytes(UTF_8));
    }

    boolean succeeded() {
        return exitCode == 0;
    }

    /// The code of an error in the format of the specification; empty for another output.
    Optional<String> errorCode() {
        try {
            return Json.object(text()).get("code") instanceof Json.Number(String code)
                    ? Optional.of(code)
                    : Optional.empty();
        } catch (JsonException e) {
            return Optional.empty();
        }
    }

    /// True if the CNI version was not supported, so that nothing was done.
    boolean refusesVersion() {
        return !succeeded() && errorCode().equals(Optional.of(Integer.toString(CniException.INCOMPATIBLE_VERSION)));
    }

    String text() {
        return new String(output, UTF_8);
    }
}
