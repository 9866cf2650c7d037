package jflannel.kernel;

import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.netlink.Answer;
import jflannel.netlink.EventSocket;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Rtnetlink;

/// News from sockets that listen to rtnetlink and, if this kernel has it, to nftables, in the network namespace of
/// the thread that makes it.
final class NetlinkNews implements NewsSource {
    private static final System.Logger LOG = System.getLogger(NetlinkNews.class.getName());

    // RTMGRP_*: bit n-1 for the group n of linux/rtnetlink.h
    private static final int LINKS = 0x1;
    private static final int NEIGHBORS = 0x4;
    private static final int FILTERS = 0x8;
    private static final int ADDRESSES = 0x10 | 0x100;
    private static final int ROUTES = 0x40 | 0x400;
    private static final int RULES = 0x80 | 1 << 19 - 1; // RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE
    private static final int NEXT_HOPS = 1 << 32 - 1; // RTNLGRP_NEXTHOP
    private static final int POLICIES = 1 << 4 - 1 | 1 << 3 - 1; // XFRMNLGRP_POLICY, XFRMNLGRP_SA
    private static final int NFTABLES = 1 << 7 - 1; // NFNLGRP_NFTABLES

    private final Relevance relevance;
    private final Set<String> sets;
    private final List<Runnable> closers = new ArrayList<>();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment state = Libc.callState(arena);
    private final EventSocket routing;
    private final Optional<EventSocket> nftables;
    private final Optional<EventSocket> policies;
    private final NetlinkSocket questions;
    private final MemorySegment pollfds;

    NetlinkNews(Interest interest, Fd stop) throws KernelException {
        relevance = new Relevance(interest);
        sets = interest.sets();
        try {
            routing = listen(
                    Rtnetlink.NETLINK_ROUTE, LINKS | NEIGHBORS | FILTERS | ADDRESSES | ROUTES | RULES | NEXT_HOPS);
            nftables = listenIfThere(Rtnetlink.NETLINK_NETFILTER, NFTABLES, "nftables");
            policies = interest.policies()
                    ? listenIfThere(PolicySocket.NETLINK_XFRM, POLICIES, "IPsec policies")
                    : Optional.empty();
            questions = new NetlinkSocket(Rtnetlink.NETLINK_ROUTE);
            closers.add(questions::close);
            learnDevices(); // after the listening began, so that no change falls between
        } catch (KernelException e) {
            close();
            throw e;
        }
        List<Fd> fds = new ArrayList<>(List.of(stop, routing.fd()));
        nftables.ifPresent(socket -> fds.add(socket.fd()));
        policies.ifPresent(socket -> fds.add(socket.fd()));
        pollfds = Libc.pollfds(arena, fds.toArray(Fd[]::new));
    }

    private EventSocket listen(int protocol, int groups) throws KernelException {
        EventSocket socket = new EventSocket(protocol, groups);
        closers.add(socket::close);
        return socket;
    }

    private Optional<EventSocket> listenIfThere(int protocol, int groups, String what) throws KernelException {
        try {
            return Optional.of(listen(protocol, groups));
        } catch (KernelException e) {
            if (!e.is(Errno.EPROTONOSUPPORT) && !e.is(Errno.ENOENT)) {
                throw e;
            }
            LOG.log(Level.DEBUG, "this kernel does not report changes to {0}: {1}", what, e.getMessage());
            return Optional.empty();
        }
    }

    private void learnDevices() throws KernelException {
        relevance.reset(questions.dump(Link.list(), Link::decode));
    }

    @Override
    public List<KernelNews> next() throws KernelException {
        Map<Object, KernelNews> news = new LinkedHashMap<>();
        while (news.isEmpty()) {
            int ready = Libc.poll(pollfds, -1, state);
            if (ready < 0 && !Errno.EINTR.is(ready)) {
                throw new KernelException("wait for news of the kernel", -ready, null);
            }
            if (ready > 0 && Libc.polled(pollfds, 0)) {
                return List.of();
            }
            if (ready > 0 && Libc.polled(pollfds, 1)) {
                readRouting(news);
            }
            if (ready > 0 && nftables.isPresent() && Libc.polled(pollfds, 2)) {
                readTables(nftables.get(), news);
            }
            if (ready > 0 && policies.isPresent() && Libc.polled(pollfds, nftables.isPresent() ? 3 : 2)) {
                read(policies.get(), Relevance::ofPolicy, news);
            }
        }
        return List.copyOf(news.values());
    }

    private void readRouting(Map<Object, KernelNews> news) throws KernelException {
        Optional<List<Answer>> messages = routing.drain();
        if (messages.isEmpty()) {
            LOG.log(Level.DEBUG, "the kernel dropped news");
            learnDevices();
            note(new KernelNews.Everything(), news);
            return;
        }
        for (Answer message : messages.get()) {
            read(message, relevance::news).ifPresent(each -> note(each, news));
        }
    }

    private void readTables(EventSocket socket, Map<Object, KernelNews> news) throws KernelException {
        read(socket, message -> NftablesNews.table(message, sets).map(KernelNews.TableChanged::new), news);
    }

    private static void read(EventSocket socket, Reader reader, Map<Object, KernelNews> news) throws KernelException {
        Optional<List<Answer>> messages = socket.drain();
        if (messages.isEmpty()) {
            note(new KernelNews.Everything(), news);
            return;
        }
        for (Answer message : messages.get()) {
            read(message, reader).ifPresent(each -> note(each, news));
        }
    }

    private interface Reader {
        Optional<KernelNews> read(Answer message) throws KernelException;
    }

    /// What cannot be read may have been anything.
    private static Optional<KernelNews> read(Answer message, Reader reader) {
        try {
            return reader.read(message);
        } catch (KernelException e) {
            LOG.log(Level.WARNING, "cannot read news of the kernel: {0}", e.getMessage());
            return Optional.of(new KernelNews.Everything());
        }
    }

    private static void note(KernelNews each, Map<Object, KernelNews> news) {
        news.remove(each.subject()); // the later one stands where it was heard
        news.put(each.subject(), each);
    }

    @Override
    public void close() {
        closers.forEach(Runnable::run);
        arena.close();
    }
}
