package jflannel.etcd;

import com.google.protobuf.ByteString;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.stub.BlockingClientCall;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import jflannel.etcd.api.AuthGrpc;
import jflannel.etcd.api.AuthenticateRequest;
import jflannel.etcd.api.KVGrpc;
import jflannel.etcd.api.LeaseGrantRequest;
import jflannel.etcd.api.LeaseGrantResponse;
import jflannel.etcd.api.LeaseGrpc;
import jflannel.etcd.api.LeaseKeepAliveRequest;
import jflannel.etcd.api.LeaseKeepAliveResponse;
import jflannel.etcd.api.LeaseRevokeRequest;
import jflannel.etcd.api.LeaseRevokeResponse;
import jflannel.etcd.api.LeaseTimeToLiveRequest;
import jflannel.etcd.api.LeaseTimeToLiveResponse;
import jflannel.etcd.api.RangeRequest;
import jflannel.etcd.api.RangeResponse;
import jflannel.etcd.api.TxnRequest;
import jflannel.etcd.api.TxnResponse;
import jflannel.etcd.api.WatchCreateRequest;
import jflannel.etcd.api.WatchGrpc;
import jflannel.etcd.api.WatchRequest;
import jflannel.etcd.api.WatchResponse;
import jflannel.lease.ConfigException;
import jflannel.lease.CredentialsException;
import jflannel.lease.StoreFigures;

/// The calls to etcd, each with a time limit and tried at every endpoint until one answers.
///
/// Each endpoint has a channel of its own, instead of one channel that balances over all. So a call that times out
/// goes to the next member at once, a member that lost its cluster is left, and messages can name the member.
/// Thread-safe.
final class EtcdClient implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EtcdClient.class.getName());

    /// Longer than a leader election takes with etcd's default settings.
    private static final int CALL_SECONDS = 5;

    private static final Metadata.Key<String> TOKEN = Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
    private static final Metadata.Key<String> REQUIRE_LEADER =
            Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER);

    private final EtcdSettings settings;
    private final List<Endpoint> endpoints;
    private Optional<EtcdChannels> channels = Optional.empty();
    private boolean closed;
    private final StoreFigures figures = new StoreFigures();
    private final Set<Endpoint> answered = ConcurrentHashMap.newKeySet();
    private volatile int current;
    private volatile String token;

    /// Connects on first use.
    ///
    /// @throws ConfigException if an endpoint is not a URL
    EtcdClient(EtcdSettings settings) {
        this.settings = settings;
        this.endpoints = Endpoint.parse(settings.endpoints(), settings.asksForTls());
    }

    /// The connections to the endpoints.
    ///
    /// @throws CredentialsException if they need TLS files that are missing or cannot be used
    synchronized EtcdChannels channels() {
        if (channels.isEmpty()) {
            if (closed) {
                throw new IllegalStateException("this client was closed");
            }
            channels = Optional.of(new EtcdChannels(settings, endpoints));
        }
        return channels.get();
    }

    /// The hosts of the endpoints, by name or address.
    List<String> hosts() {
        return endpoints.stream().map(Endpoint::host).toList();
    }

    RangeResponse range(RangeRequest request) throws IOException {
        return call("range", channel -> KVGrpc.newBlockingV2Stub(channel).range(request));
    }

    TxnResponse transact(TxnRequest request) throws IOException {
        return call("txn", channel -> KVGrpc.newBlockingV2Stub(channel).txn(request));
    }

    LeaseGrantResponse grant(long seconds) throws IOException {
        LeaseGrantRequest request =
                LeaseGrantRequest.newBuilder().setTTL(seconds).build();
        return call("grant", channel -> LeaseGrpc.newBlockingV2Stub(channel).leaseGrant(request));
    }

    LeaseRevokeResponse revoke(long lease) throws IOException {
        LeaseRevokeRequest request =
                LeaseRevokeRequest.newBuilder().setID(lease).build();
        return call("revoke", channel -> LeaseGrpc.newBlockingV2Stub(channel).leaseRevoke(request));
    }

    /// The time that a lease was granted and the time that is left, in seconds; -1 is left if it is gone.
    LeaseTimeToLiveResponse timeToLive(long lease) throws IOException {
        LeaseTimeToLiveRequest request =
                LeaseTimeToLiveRequest.newBuilder().setID(lease).build();
        return call("ttl", channel -> LeaseGrpc.newBlockingV2Stub(channel).leaseTimeToLive(request));
    }

    /// Renews a lease for its full time.
    ///
    /// @return the time that it has now, in seconds; 0 if it is gone
    long keepAlive(long lease) throws IOException {
        LeaseKeepAliveRequest request =
                LeaseKeepAliveRequest.newBuilder().setID(lease).build();
        return call("keepalive", channel -> {
            BlockingClientCall<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream =
                    LeaseGrpc.newBlockingV2Stub(channel).leaseKeepAlive();
            try {
                stream.write(request);
                LeaseKeepAliveResponse response = stream.read(CALL_SECONDS, TimeUnit.SECONDS);
                if (response == null) {
                    throw Status.UNAVAILABLE
                            .withDescription("the stream was closed")
                            .asException();
                }
                return Math.max(0, response.getTTL());
            } finally {
                stream.cancel("done", null);
            }
        });
    }

    /// Watches the keys from `key` to `end` for changes since revision `from`.
    ///
    /// @throws IOException if no endpoint accepts the watch
    WatchStream watch(ByteString key, ByteString end, long from) throws IOException {
        WatchRequest request = WatchRequest.newBuilder()
                .setCreateRequest(WatchCreateRequest.newBuilder()
                        .setKey(key)
                        .setRangeEnd(end)
                        .setStartRevision(from))
                .build();
        return attempt("watch", endpoint -> {
            // no deadline: it lasts as long as the connection, and pings notice when that dies
            BlockingClientCall<WatchRequest, WatchResponse> stream =
                    WatchGrpc.newBlockingV2Stub(channel(endpoint, true)).watch();
            try {
                stream.write(request, CALL_SECONDS, TimeUnit.SECONDS);
                WatchResponse created = stream.read(CALL_SECONDS, TimeUnit.SECONDS);
                if (created == null) {
                    throw Status.UNAVAILABLE
                            .withDescription("the stream was closed")
                            .asException();
                }
                return new WatchStream(stream, created, failure -> failed(endpoint, failure));
            } catch (StatusException | InterruptedException | java.util.concurrent.TimeoutException e) {
                stream.cancel("failed", e);
                throw e;
            }
        });
    }

    StoreFigures figures() {
        return figures;
    }

    /// The endpoint of the next call, for messages.
    String endpoint() {
        return endpoints.get(current).toString();
    }

    private interface Call<T> {
        T on(Channel channel) throws StatusException, InterruptedException, java.util.concurrent.TimeoutException;
    }

    private interface Attempt<T> {
        T at(Endpoint endpoint) throws StatusException, InterruptedException, java.util.concurrent.TimeoutException;
    }

    private <T> T call(String kind, Call<T> call) throws IOException {
        return attempt(kind, endpoint -> call.on(channel(endpoint, false)));
    }

    /// Tries each endpoint once, starting with the one that answered last, and again if it wants a new token.
    private <T> T attempt(String kind, Attempt<T> attempt) throws IOException {
        List<String> failures = new ArrayList<>();
        boolean authenticated = false;
        while (true) {
            Endpoint endpoint = endpoints.get(current);
            try {
                if (settings.user().isPresent() && token == null) {
                    authenticate(endpoint);
                    authenticated = true;
                }
                return timed(kind, attempt, endpoint);
            } catch (StatusException e) {
                requireWhole(e);
                if (settings.user().isPresent() && !authenticated && wantsNewToken(e.getStatus())) {
                    token = null;
                    continue;
                }
                EtcdException failure = failed(endpoint, e);
                failures.add(failure.getMessage());
                if (!mayWorkElsewhere(failure.code()) || failures.size() == endpoints.size()) {
                    throw new EtcdException(String.join("; ", failures), failure.code(), e);
                }
            } catch (java.util.concurrent.TimeoutException e) {
                EtcdException failure =
                        failed(endpoint, Status.DEADLINE_EXCEEDED.withCause(e).asException());
                failures.add(failure.getMessage());
                if (failures.size() == endpoints.size()) {
                    throw new EtcdException(String.join("; ", failures), failure.code(), e);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw (IOException) new InterruptedIOException("interrupted while waiting for etcd").initCause(e);
            }
        }
    }

    /// A class that one of gRPC's threads misses ends its connection, and arrives here as a status.
    ///
    /// @throws LinkageError if that is why the call failed
    private static void requireWhole(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof LinkageError broken) {
                throw broken;
            }
        }
    }

    /// Makes one attempt at one endpoint; it counts as one request.
    private <T> T timed(String kind, Attempt<T> attempt, Endpoint endpoint)
            throws StatusException, InterruptedException, java.util.concurrent.TimeoutException {
        long start = System.nanoTime();
        boolean failed = true;
        try {
            T answer = attempt.at(endpoint);
            failed = false;
            answered.add(endpoint);
            return answer;
        } finally {
            figures.requested(kind, Duration.ofNanos(System.nanoTime() - start), failed);
        }
    }

    /// Leaves an endpoint that did not answer. The next call goes to the next endpoint, and a later one returns to
    /// this endpoint with a new connection, without waiting for gRPC's back-off of up to two minutes.
    private EtcdException failed(Endpoint endpoint, StatusException failure) {
        EtcdException named = new EtcdException(endpoint, failure, answered.contains(endpoint));
        if (mayWorkElsewhere(named.code())) {
            if (isPanic(failure.getStatus())) {
                channels().replace(endpoint);
            } else {
                channels().of(endpoint).enterIdle();
            }
            int at = endpoints.indexOf(endpoint);
            if (at == current) {
                current = (at + 1) % endpoints.size();
            }
            LOG.log(System.Logger.Level.DEBUG, named.getMessage());
        }
        return named;
    }

    /// After an error in its own code, a channel of gRPC answers every call like this, whatever the network does.
    private static boolean isPanic(Status status) {
        return status.getCode() == Status.Code.INTERNAL
                && status.getDescription() != null
                && status.getDescription().startsWith("Panic!");
    }

    private static boolean mayWorkElsewhere(Status.Code code) {
        return switch (code) {
            case UNAVAILABLE, DEADLINE_EXCEEDED, INTERNAL, UNKNOWN, UNIMPLEMENTED -> true;
            default -> false;
        };
    }

    /// etcd forgets simple tokens when it restarts, and all tokens when its users change.
    private static boolean wantsNewToken(Status status) {
        String words = status.getDescription() == null ? "" : status.getDescription();
        return status.getCode() == Status.Code.UNAUTHENTICATED
                || words.contains("invalid auth token")
                || words.contains("revision of auth store is old")
                || words.contains("user name is empty");
    }

    private void authenticate(Endpoint endpoint) throws StatusException {
        AuthenticateRequest request = AuthenticateRequest.newBuilder()
                .setName(settings.user().orElseThrow())
                .setPassword(settings.password().orElse(""))
                .build();
        try {
            token = AuthGrpc.newBlockingV2Stub(channels().of(endpoint))
                    .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                    .authenticate(request)
                    .getToken();
        } catch (StatusException e) {
            String words =
                    e.getStatus().getDescription() == null ? "" : e.getStatus().getDescription();
            if (words.contains("authentication is not enabled")) {
                token = ""; // none is needed
            } else if (words.contains("authentication failed")) {
                throw new ConfigException(
                        "--etcd-username",
                        settings.user().orElseThrow(),
                        "etcd at %s rejects this user or password (--etcd-username, --etcd-password)."
                                .formatted(endpoint));
            } else {
                throw e;
            }
        }
    }

    private Channel channel(Endpoint endpoint, boolean untilClosed) {
        ManagedChannel channel = channels().of(endpoint);
        return io.grpc.ClientInterceptors.intercept(channel, new ClientInterceptor() {
            @Override
            public <Q, A> ClientCall<Q, A> interceptCall(
                    MethodDescriptor<Q, A> method, CallOptions options, Channel next) {
                CallOptions bounded = untilClosed ? options : options.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
                return new SimpleForwardingClientCall<>(next.newCall(method, bounded)) {
                    @Override
                    public void start(Listener<A> listener, Metadata headers) {
                        String known = token;
                        if (known != null && !known.isEmpty()) {
                            headers.put(TOKEN, known);
                        }
                        headers.put(REQUIRE_LEADER, "true");
                        super.start(listener, headers);
                    }
                };
            }
        });
    }

    @Override
    public synchronized void close() {
        closed = true;
        channels.ifPresent(EtcdChannels::close);
    }
}
