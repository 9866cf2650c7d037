package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import jflannel.lease.SubnetFile;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Keeper;

/// Keeps subnet.env as it should be, and the options for Docker that follow from it, on a thread of its own, as a disk
/// may hang. It is written at every start, as Go flannel does, because readers may wait for a new file; later only if
/// somebody changed or removed it.
final class SubnetFileKeeper implements AutoCloseable {
    private static final Logger LOG = System.getLogger(SubnetFileKeeper.class.getName());
    private static final Duration RETRY = Duration.ofSeconds(1);
    /// The safety net under [FileWatch].
    private static final Duration RECHECK = Duration.ofSeconds(10);

    private final SubnetFile file;
    private final DockerOptionsFile dockerOptions;
    private final Board board;
    private final Runnable onWrite;
    private final Keeper<Desired> keeper;
    private final FileWatch watch;
    private volatile Desired written;

    /// @param text empty for no file
    /// @param mtu the one in the text, in bytes
    private record Desired(String text, int mtu) {}

    /// @param onWrite called when the file was written, on the keeper's thread
    SubnetFileKeeper(Path path, DockerOptionsFile dockerOptions, Board board, Runnable onWrite) {
        this.file = new SubnetFile(path);
        this.dockerOptions = dockerOptions;
        this.board = board;
        this.onWrite = onWrite;
        this.keeper = new Keeper<>("subnet-file", board, this::converge);
        this.watch = new FileWatch(path, keeper::touch);
    }

    /// From now on the file should hold this.
    ///
    /// @param mtu the one in the text, in bytes
    /// @return true if it was written like that
    boolean keep(String text, int mtu) {
        Desired desired = new Desired(text, mtu);
        keeper.keep(desired);
        return desired.equals(written);
    }

    /// From now on there should be no such file: container runtimes would give pods addresses from a subnet that this
    /// node no longer has.
    ///
    /// @return true if there is none
    boolean keepNone() {
        return keep("", 0);
    }

    private Duration converge(Desired desired) {
        // first, because services that are ordered behind this one start as soon as subnet.env is there
        Duration next = dockerOptions.converge(desired.text) ? RECHECK : RETRY;
        if (desired.equals(written) && file.isCurrent(desired.text)) {
            return next;
        }
        try {
            if (desired.text.isEmpty()) {
                remove();
            } else {
                file.write(desired.text);
            }
        } catch (IOException e) {
            board.raise(Condition.SUBNET_FILE_FAILING, e.getMessage());
            return RETRY;
        }
        if (desired.equals(written)) {
            board.repaired("subnet.env");
        }
        if (!desired.text.isEmpty()) {
            LOG.log(Level.INFO, "wrote the subnet file: " + desired.text.strip().replace("\n", " "));
        }
        if (written != null && written.mtu != desired.mtu) {
            LOG.log(Level.WARNING, "existing pods and bridges keep the MTU " + written.mtu);
        }
        written = desired;
        board.clear(Condition.SUBNET_FILE_FAILING);
        onWrite.run();
        return next;
    }

    private void remove() throws IOException {
        if (file.delete()) {
            LOG.log(Level.WARNING, "removed the subnet file of an earlier run: this node has no subnet for pods");
        }
    }

    @Override
    public void close() {
        watch.close();
        keeper.close();
    }
}
