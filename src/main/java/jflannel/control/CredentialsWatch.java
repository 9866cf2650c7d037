package jflannel.control;

import java.time.Duration;
import java.util.function.Supplier;
import jflannel.lease.CredentialsException;
import jflannel.lease.LeaseStore;
import jflannel.options.Options;
import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.work.Worker;

/// Notices when the certificates for the store have been replaced, and whether the new ones can be used. It has a
/// thread of its own: they are files, and a disk may hang.
final class CredentialsWatch implements AutoCloseable {
    private static final Duration PERIOD = Duration.ofSeconds(2);

    private final Options.Etcd etcd;
    private final Supplier<LeaseStore> stores;
    private final Board board;
    private final Runnable replaced;
    private final Worker worker;
    private Credentials known;

    /// @param stores makes stores that read the certificates
    /// @param replaced called when others can be used
    CredentialsWatch(Options.Etcd etcd, Supplier<LeaseStore> stores, Board board, Runnable replaced) {
        this.etcd = etcd;
        this.stores = stores;
        this.board = board;
        this.replaced = replaced;
        this.known = Credentials.of(etcd);
        this.worker = Worker.start("credentials", board, this::look);
    }

    private void look() throws InterruptedException {
        Thread.sleep(PERIOD);
        Credentials now = Credentials.of(etcd);
        if (now.equals(known)) {
            board.clear(Condition.CREDENTIALS_REFUSED);
            return;
        }
        try (LeaseStore store = stores.get()) {
            store.requireCredentials();
            known = now;
            board.clear(Condition.CREDENTIALS_REFUSED);
            replaced.run();
        } catch (CredentialsException e) {
            board.raise(
                    Condition.CREDENTIALS_REFUSED,
                    "the new ones cannot be used, so the old ones stay in use: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        worker.close();
    }
}
