package jflannel.etcd;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.ChannelOption;
import io.grpc.netty.shaded.io.netty.channel.EventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.nio.NioEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.socket.nio.NioSocketChannel;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.util.internal.logging.InternalLoggerFactory;
import io.grpc.netty.shaded.io.netty.util.internal.logging.JdkLoggerFactory;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// The connections to etcd's endpoints, each made when first used, and the threads that serve them.
final class EtcdChannels implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(EtcdChannels.class.getName());

    private static final String NETTY = "io.grpc.netty.shaded.io.netty.";

    /// Turns off what Netty and gRPC do needlessly at start, or with more memory than a few small messages need.
    private static final Map<String, String> THRIFT = Map.of(
            NETTY + "allocator.type",
            "unpooled",
            // else it loads a native library for other kinds of sockets
            NETTY + "transport.noNative",
            "true",
            // else it searches all network interfaces for an address to identify the process
            NETTY + "machineId",
            "00:00:00:00:00:00:00:01",
            NETTY + "processId",
            "1",
            "io.grpc.internal.DnsNameResolverProvider.enable_jndi",
            "false");

    static {
        THRIFT.forEach((name, value) -> System.getProperties().putIfAbsent(name, value));
        // else it finds and loads the logging library that only the Kubernetes client needs
        InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    }

    private static final int CONNECT_MILLIS = 5_000;

    /// An unanswered ping reveals a dead connection within 14 s. gRPC pings at most every 10 s, and etcd
    /// disconnects clients that ping more often than every 5 s.
    private static final int PING_SECONDS = 10;

    private static final int PONG_SECONDS = 4;

    /// Enough for a list of 100,000 leases.
    private static final int MOST_BYTES = 64 << 20;

    /// Reads and writes the network for all connections.
    private final EventLoopGroup loop;

    /// For what may block in gRPC, which is looking up names. Its threads end when idle.
    private final ExecutorService blocking;

    private final Map<Endpoint, ManagedChannel> channels = new ConcurrentHashMap<>();
    private final SslContext tls;

    /// @throws jflannel.lease.CredentialsException if the TLS files cannot be used
    EtcdChannels(EtcdSettings settings, List<Endpoint> endpoints) {
        boolean encrypted = endpoints.stream().anyMatch(Endpoint::tls);
        this.tls = encrypted || settings.asksForTls() ? TlsFiles.context(settings) : null;
        this.loop = new NioEventLoopGroup(
                1, Thread.ofPlatform().daemon().name("etcd-io").factory());
        this.blocking = Executors.newCachedThreadPool(
                Thread.ofPlatform().daemon().name("etcd-names").factory());
        for (Endpoint endpoint : endpoints) {
            if (settings.asksForTls() && !endpoint.tls()) {
                LOG.log(System.Logger.Level.WARNING, "{0} is used without TLS: its URL says http", endpoint);
            }
            channels.put(endpoint, channel(endpoint));
        }
    }

    ManagedChannel of(Endpoint endpoint) {
        return channels.get(endpoint);
    }

    /// Replaces a connection that gRPC has given up for good, after an error of its own: the system may have refused it
    /// a thread.
    void replace(Endpoint endpoint) {
        ManagedChannel former = channels.put(endpoint, channel(endpoint));
        former.shutdownNow();
    }

    private ManagedChannel channel(Endpoint endpoint) {
        NettyChannelBuilder builder = NettyChannelBuilder.forAddress(endpoint.host(), endpoint.port())
                .eventLoopGroup(loop)
                .channelType(NioSocketChannel.class)
                .executor(blocking)
                .offloadExecutor(blocking)
                .withOption(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_MILLIS)
                .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
                .keepAliveTimeout(PONG_SECONDS, TimeUnit.SECONDS)
                .maxInboundMessageSize(MOST_BYTES)
                .disableRetry();
        return (endpoint.tls() ? builder.sslContext(tls) : builder.usePlaintext()).build();
    }

    @Override
    public void close() {
        channels.values().forEach(ManagedChannel::shutdownNow);
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        blocking.shutdown();
    }
}
