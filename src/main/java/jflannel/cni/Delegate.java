package jflannel.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jflannel.json.Json;
import jflannel.json.JsonException;

/// Another plugin that does the work. It is executed directly, with this plugin's environment, and may take as long as
/// the runtime has patience.
///
/// @param program found in CNI_PATH
/// @param environment of the delegate, whole
record Delegate(Path program, Map<String, String> environment) {
    private static final String OURSELVES = "flannel";

    /// @param type the name of its program
    /// @param path directories separated by colons
    /// @throws CniException if there is no such program
    static Delegate find(String type, String path, Map<String, String> environment) {
        if (type.isEmpty() || type.indexOf('/') >= 0 || type.indexOf('\0') >= 0) {
            throw new CniException(CniException.NETWORK_CONFIGURATION, "invalid plugin name: \"" + type + "\"");
        }
        if (type.equals(OURSELVES)) {
            throw new CniException(
                    CniException.NETWORK_CONFIGURATION,
                    "flannel cannot be its own delegate: give another type, such as \"bridge\"");
        }
        for (String directory : path.split(":")) {
            if (!directory.isEmpty()) {
                Path program = Path.of(directory, type);
                if (Files.isRegularFile(program)) {
                    return new Delegate(program, environment);
                }
            }
        }
        throw new CniException(
                CniException.INTERNAL,
                "failed to find plugin \"" + type + "\" in path [" + path.replace(':', ' ') + "]");
    }

    /// True if it says that it speaks this version of CNI. Plugins that do not answer newer commands in many ways, so
    /// they are not asked.
    boolean speaks(String version) throws IOException {
        return versions(version).contains(version);
    }

    /// @param asking the version in which to ask
    private List<?> versions(String asking) throws IOException {
        Map<String, String> changed = new HashMap<>(environment);
        changed.put("CNI_COMMAND", "VERSION");
        Answer answer = new Delegate(program, changed).run("{\"cniVersion\":\"" + asking + "\"}");
        try {
            return answer.succeeded() && Json.object(answer.text()).get("supportedVersions") instanceof List<?> versions
                    ? versions
                    : List.of();
        } catch (JsonException e) {
            return List.of();
        }
    }

    /// Undoes what an ADD with `conf` did. If the program does not speak that version of CNI, because it refused
    /// the ADD or was replaced by an older one since, it is asked in the newest that it does speak: a container
    /// must not stay for want of a common language.
    Answer undo(String conf) throws IOException {
        Answer answer = run(conf);
        if (!answer.refusesVersion()) {
            return answer;
        }
        List<?> versions = versions(CniVersion.UNSAID);
        Optional<String> common = CniVersion.SUPPORTED.reversed().stream()
                .filter(versions::contains)
                .findFirst();
        if (common.isEmpty()) {
            return answer;
        }
        Map<String, Object> other = new TreeMap<>(Json.object(conf));
        other.put("cniVersion", common.get());
        return run(Json.compact(other));
    }

    /// Runs it with `conf` on its standard input.
    ///
    /// @return its own answer; one in its place only if it fails without a word that the runtime would understand
    /// @throws IOException if it cannot be started
    Answer run(String conf) throws IOException {
        Process process = start(ProcessBuilder.Redirect.PIPE);
        try (OutputStream stdin = process.getOutputStream()) {
            stdin.write(conf.getBytes(UTF_8));
        } catch (IOException e) {
            // it ended without reading: its answer tells why
        }
        return answer(process);
    }

    /// As [#run(String)], with a file's content on its standard input. It can read at once, while Java takes some
    /// milliseconds more to get ready for what a started process may tell.
    Answer run(Path conf) throws IOException {
        return answer(start(ProcessBuilder.Redirect.from(conf.toFile())));
    }

    private Process start(ProcessBuilder.Redirect stdin) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(program.toString()).redirectInput(stdin);
        if (!environment.equals(System.getenv())) {
            builder.environment().clear();
            builder.environment().putAll(environment);
        }
        return builder.start();
    }

    /// What the process says on standard error goes to ours.
    private Answer answer(Process process) throws IOException {
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        Thread reader = Thread.ofPlatform().daemon().start(() -> {
            try {
                process.getErrorStream().transferTo(errors);
            } catch (IOException e) {
                // the rest is lost; the exit code is not
            }
        });
        try {
            byte[] output = process.getInputStream().readAllBytes();
            int code = process.waitFor();
            reader.join();
            System.err.write(errors.toByteArray());
            Answer answer = new Answer(code, output);
            return code == 0 || answer.errorCode().isPresent()
                    ? answer
                    : Answer.of(1, silence(code, answer, errors.toString(UTF_8)));
        } catch (InterruptedException e) {
            throw new IOException("interrupted while running " + program, e);
        }
    }

    private String silence(int code, Answer answer, String errors) {
        String said = (answer.text().strip() + "\n" + errors.strip()).strip();
        return new CniException(
                        CniException.INTERNAL,
                        program + " exited with " + code + (said.isEmpty() ? " without a word" : " and said: " + said))
                .json(CniVersion.NEWEST);
    }
}
