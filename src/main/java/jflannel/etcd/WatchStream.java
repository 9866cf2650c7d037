package jflannel.etcd;

import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import jflannel.etcd.api.WatchRequest;
import jflannel.etcd.api.WatchResponse;

/// A watch at one endpoint, read by one thread.
final class WatchStream implements AutoCloseable {
    private final BlockingClientCall<WatchRequest, WatchResponse> stream;
    private final Function<StatusException, EtcdException> onFailure;
    private WatchResponse first;

    /// @param first etcd's answer to the request, which [#read] returns first; it may be a refusal
    /// @param onFailure makes the exception to throw when the connection ends
    WatchStream(
            BlockingClientCall<WatchRequest, WatchResponse> stream,
            WatchResponse first,
            Function<StatusException, EtcdException> onFailure) {
        this.stream = stream;
        this.first = first;
        this.onFailure = onFailure;
    }

    /// The next message; empty if none arrived in time.
    ///
    /// @throws EtcdException if the connection has ended
    Optional<WatchResponse> read(Duration atMost) throws EtcdException, InterruptedException {
        if (first != null) {
            WatchResponse response = first;
            first = null;
            return Optional.of(response);
        }
        try {
            WatchResponse response = stream.read(Math.max(1, atMost.toMillis()), TimeUnit.MILLISECONDS);
            if (response == null) {
                throw Status.UNAVAILABLE.withDescription("the watch was closed").asException();
            }
            return Optional.of(response);
        } catch (TimeoutException e) {
            return Optional.empty();
        } catch (StatusException e) {
            throw onFailure.apply(e);
        }
    }

    @Override
    public void close() {
        stream.cancel("closed", null);
    }
}
