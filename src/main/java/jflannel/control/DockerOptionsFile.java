package jflannel.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.lease.DockerOptions;
import jflannel.lease.FileFault;
import jflannel.linux.AtomicFile;
import jflannel.names.DaemonFiles;
import jflannel.status.Board;
import jflannel.status.Condition;

/// The file with the options for the Docker daemon, in step with subnet.env: a Docker that starts with the options of
/// an earlier subnet gives containers addresses that belong to another node.
///
/// Without a file of its own to keep, it keeps what `mk-docker-opts.sh` wrote beside subnet.env or one directory up,
/// where the script writes usually: nobody runs it a second time when the subnet changes.
final class DockerOptionsFile {
    private static final Logger LOG = System.getLogger(DockerOptionsFile.class.getName());

    private final Optional<Path> own;
    private final List<Path> ofScript;
    private final Board board;
    private final Map<String, String> environment;

    /// @param own null for none
    /// @param environment of this process, which may hold further options
    DockerOptionsFile(Path own, Path subnetFile, Board board, Map<String, String> environment) {
        this.own = Optional.ofNullable(own);
        this.ofScript = DaemonFiles.dockerOptions(subnetFile);
        this.board = board;
        this.environment = environment;
    }

    /// Makes the file as it should be.
    ///
    /// @param subnetFile the text of subnet.env; empty if there is no such file, and nothing for Docker either
    /// @return false if that failed
    boolean converge(String subnetFile) {
        Path path = own.orElse(null);
        try {
            if (own.isPresent() && subnetFile.isEmpty()) {
                Files.deleteIfExists(path);
            } else if (own.isPresent()) {
                write(path, read(path), DockerOptions.text(subnetFile, environment));
            } else {
                for (Path each : ofScript) {
                    path = each;
                    String before = read(path);
                    write(path, before, DockerOptions.updated(before, subnetFile));
                }
            }
            board.clear(Condition.DOCKER_OPTIONS_FAILING);
            return true;
        } catch (IOException e) {
            board.raise(Condition.DOCKER_OPTIONS_FAILING, path + " cannot be written: " + FileFault.words(e));
            return false;
        }
    }

    private static void write(Path path, String before, String text) throws IOException {
        if (!text.equals(before)) {
            AtomicFile.replace(Files.exists(path) ? path.toRealPath() : path, text, AtomicFile.PUBLIC);
            say(path, before);
        }
    }

    /// @return "" if there is no file
    private static String read(Path path) throws IOException {
        try {
            return new String(Files.readAllBytes(path), UTF_8); // unlike readString, never fails on bad UTF-8
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    private static void say(Path path, String before) {
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
