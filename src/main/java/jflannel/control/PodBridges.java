package jflannel.control;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.RouteSocket;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.netlink.EventSocket;
import jflannel.netlink.Rtnetlink;
import jflannel.policy.PodBridge;
import jflannel.status.Board;
import jflannel.work.Worker;

/// Follows which bridges of this host pods share, and which devices belong to them, on a thread of its own: they come
/// and go with the pods, which are nobody else's business here.
final class PodBridges implements AutoCloseable {
    private static final int RTMGRP_LINK = 1;
    private static final int RTMGRP_IPV4_IFADDR = 0x10;
    private static final int RTMGRP_IPV6_IFADDR = 0x100;
    private static final int EVENTFD_BYTES = 8;
    /// In case news was lost.
    private static final int SAFETY_MILLIS = 60_000;

    private final BiConsumer<List<Cidr>, List<PodBridge>> listener;
    private final Arena arena = Arena.ofShared();
    private final Fd wake;
    private final Worker worker;
    private volatile List<Cidr> local = List.of();
    private Optional<Sources> sources = Optional.empty();

    /// What is asked and listened to.
    private record Sources(EventSocket events, Kernel kernel, MemorySegment pollfds, MemorySegment state) {
        void close() {
            events.close();
            kernel.close();
        }
    }

    /// @param listener takes the node's subnets and the bridges that have an address in one
    PodBridges(Board board, BiConsumer<List<Cidr>, List<PodBridge>> listener) throws KernelException {
        this.listener = listener;
        this.wake = Libc.eventfd();
        this.worker = Worker.start("pod-bridges", board, this::turn, this::release);
    }

    /// @param subnets this node's, from now on
    void within(List<Cidr> subnets) {
        if (!local.equals(subnets)) {
            local = List.copyOf(subnets);
            Libc.signal(wake);
        }
    }

    /// Looks at once, on the calling thread.
    void look() throws IOException {
        try (Kernel kernel = new RouteSocket()) {
            List<Cidr> subnets = local;
            listener.accept(subnets, bridges(subnets, kernel));
        }
    }

    private void turn() throws IOException {
        if (sources.isEmpty()) {
            sources = Optional.of(open());
        }
        Sources now = sources.get();
        try {
            List<Cidr> subnets = local;
            listener.accept(subnets, bridges(subnets, now.kernel));
            Libc.poll(now.pollfds, SAFETY_MILLIS, now.state);
            if (Libc.polled(now.pollfds, 0)) {
                Libc.read(wake.number(), arena.allocate(EVENTFD_BYTES, EVENTFD_BYTES), EVENTFD_BYTES, now.state);
            }
            now.events.drain();
        } catch (IOException e) {
            release();
            throw e;
        }
    }

    private Sources open() throws KernelException {
        EventSocket events =
                new EventSocket(Rtnetlink.NETLINK_ROUTE, RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
        return new Sources(events, new RouteSocket(), Libc.pollfds(arena, wake, events.fd()), Libc.callState(arena));
    }

    private static List<PodBridge> bridges(List<Cidr> local, Kernel kernel) throws IOException {
        List<Link> links = kernel.links();
        List<InterfaceAddress> addresses = kernel.addresses();
        List<PodBridge> bridges = new ArrayList<>();
        for (Link bridge : links) {
            List<Cidr> subnets = local.stream()
                    .filter(subnet -> addresses.stream()
                            .map(InterfaceAddress::address)
                            .anyMatch(it -> it.ifIndex() == bridge.index() && subnet.contains(it.ip())))
                    .toList();
            if (bridge.kind().equals("bridge") && !subnets.isEmpty()) {
                Set<String> ports = links.stream()
                        .filter(link -> link.master() == bridge.index())
                        .map(Link::name)
                        .collect(Collectors.toSet());
                bridges.add(new PodBridge(bridge.mac(), subnets, ports));
            }
        }
        return bridges;
    }

    private void release() {
        sources.ifPresent(Sources::close);
        sources = Optional.empty();
    }

    @Override
    public void close() {
        Libc.signal(wake);
        worker.close();
        wake.close();
    }
}
