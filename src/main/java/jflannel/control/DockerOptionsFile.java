package jflannel.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import jflannel.lease.DockerOptions;
import jflannel.linux.AtomicFile;
import jflannel.status.Board;
import jflannel.status.Condition;

/// The file with the options for the Docker daemon, in step with subnet.env: a Docker that starts with the options of
/// an earlier subnet gives containers addresses that belong to another node.
final class DockerOptionsFile {
    private static final Logger LOG = System.getLogger(DockerOptionsFile.class.getName());

    private final Path path;
    private final Board board;
    private final Map<String, String> environment;

    /// @param path null for no file
    /// @param environment of this process, which may hold further options
    DockerOptionsFile(Path path, Board board, Map<String, String> environment) {
        this.path = path;
        this.board = board;
        this.environment = environment;
    }

    /// Makes the file as it should be.
    ///
    /// @param subnetFile the text of subnet.env; empty if there is no such file, and nothing for Docker either
    /// @return false if that failed
    boolean converge(String subnetFile) {
        if (path == null) {
            return true;
        }
        try {
            if (subnetFile.isEmpty()) {
                Files.deleteIfExists(path);
                board.clear(Condition.DOCKER_OPTIONS_FAILING);
                return true;
            }
            String text = DockerOptions.text(subnetFile, environment);
            String before = read();
            if (!text.equals(before)) {
                AtomicFile.replace(path, text, AtomicFile.PUBLIC);
                say(before);
            }
            board.clear(Condition.DOCKER_OPTIONS_FAILING);
            return true;
        } catch (IOException e) {
            board.raise(Condition.DOCKER_OPTIONS_FAILING, path + " cannot be written: " + e);
            return false;
        }
    }

    /// @return "" if there is no file
    private String read() throws IOException {
        try {
            return new String(Files.readAllBytes(path), UTF_8); // unlike readString, never fails on bad UTF-8
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private void say(String before) {
        if (before.isEmpty()) {
            LOG.log(Level.INFO, "wrote the options for Docker to " + path);
        } else {
            LOG.log(
                    Level.WARNING,
                    "the options for Docker in " + path + " have changed; a Docker that runs must be"
                            + " restarted to follow");
        }
    }
}
