package jflannel.control;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import jflannel.firewall.PeerFilter;
import jflannel.foreign.Packet;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernelpath.Counts;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.names.Names;
import jflannel.page.NodeSource;
import jflannel.page.PeerView;
import jflannel.page.StatusPage;
import jflannel.page.WayQuery;
import jflannel.trace.Cluster;
import jflannel.trace.KernelView;
import jflannel.trace.Question;
import jflannel.trace.Trace;
import jflannel.trace.TraceJson;
import jflannel.trace.Walker;

/// What the status page learns from this agent.
record PageSource(Node node, ControlLoop loop, Names names) implements NodeSource {
    /// How long to wait for the control thread, which may be in a long pass.
    private static final Duration TURN = Duration.ofSeconds(5);
    /// How long to follow a packet. Nearly all of it is what tools take to list the firewall rules.
    private static final Duration WALK = Duration.ofSeconds(10);

    /// From now on, the page shows this node.
    static void show(Node node, ControlLoop loop, Names names, StatusPage page) {
        page.show(new PageSource(node, loop, names));
    }

    @Override
    public long passes() {
        return node.passes();
    }

    @Override
    public void request(Consumer<PeerView> then) {
        loop.post(new Trigger.LookWanted(PeerView.class, work -> then.accept(view(work))));
    }

    private static PeerView view(ControlLoop.Work work) {
        return work.node()
                .look(
                        work.overlay().current(),
                        work.overlay().own(),
                        work.peers().all(),
                        held(work));
    }

    private static Set<Object> held(ControlLoop.Work work) {
        return work.peers().held().stream().map(Lease::key).collect(Collectors.toSet());
    }

    @Override
    public Map<String, Object> way(WayQuery query) throws IOException {
        if (passes() == 0) {
            throw new IllegalArgumentException("This node has no network yet.");
        }
        Cluster known = cluster(loop);
        FutureTask<Trace> walk = new FutureTask<>(() -> walk(question(query), known));
        Thread.ofPlatform().daemon().name("packet-way").start(walk);
        return TraceJson.of(result(walk, WALK, "the tools that list firewall rules take too long"));
    }

    /// Who the peers are now.
    static Cluster cluster(ControlLoop loop) throws IOException {
        CompletableFuture<Cluster> cluster = new CompletableFuture<>();
        loop.post(new Trigger.LookWanted(
                Cluster.class,
                work -> cluster.complete(work.node()
                        .cluster(
                                work.overlay().current(),
                                work.overlay().own(),
                                work.peers().all(),
                                held(work)))));
        return result(cluster, TURN, "the control loop does not answer");
    }

    private static Trace walk(Question question, Cluster cluster) throws IOException {
        try (KernelView view = new KernelView()) {
            view.prepare(question.destination());
            return Walker.walk(question, view, cluster);
        }
    }

    private static Question question(WayQuery query) {
        int icmp = query.to().family() == Family.IPV4 ? Packet.ICMP : Packet.ICMPV6;
        int protocol = switch (query.protocol()) {
            case "tcp" -> Packet.TCP;
            case "udp" -> Packet.UDP;
            default -> icmp;
        };
        return new Question(query.from(), query.to(), protocol, query.port());
    }

    private static <T> T result(Future<T> future, Duration patience, String otherwise) throws IOException {
        try {
            return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new IOException(otherwise, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("this program ends", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ConfigException fault) {
                throw new IllegalArgumentException(fault.getMessage(), e);
            }
            throw new IOException(e.getCause().getMessage(), e);
        } finally {
            future.cancel(true);
        }
    }

    @Override
    public Map<Ip, Counts> countsByHost() {
        return node.countsByHost();
    }

    @Override
    public Map<String, Long> filtered() {
        return PeerFilter.dropped(names);
    }
}
