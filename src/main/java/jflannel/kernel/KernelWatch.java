package jflannel.kernel;

import java.lang.System.Logger.Level;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;
import jflannel.netlink.Answer;
import jflannel.netlink.EventSocket;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Rtnetlink;

/// Listens to what the kernel says of its network configuration, in the namespace of the thread that makes it, and
/// calls back from a thread of its own when something of interest changed. This program's own changes are no
/// exception: after making some, expect to be told.
///
/// A burst of changes is one call. Changes that the kernel could not report, because they were too many, count as
/// being of interest.
public final class KernelWatch implements AutoCloseable {
    /// In place of the name of an nftables table: changes were missed, and it may have been any.
    public static final String ANY_TABLE = "";

    private static final System.Logger LOG = System.getLogger(KernelWatch.class.getName());

    // RTMGRP_*: bit n-1 for the group n of linux/rtnetlink.h
    private static final int LINKS = 0x1;
    private static final int NEIGHBORS = 0x4;
    private static final int ADDRESSES = 0x10 | 0x100;
    private static final int ROUTES = 0x40 | 0x400;
    private static final int NFTABLES = 1 << 7 - 1; // NFNLGRP_NFTABLES

    private final Relevance relevance;
    private final Set<String> sets;
    private final Runnable changed;
    private final Consumer<String> tableChanged;
    private final AtomicBoolean closing = new AtomicBoolean();
    private final Fd stop;
    private NetlinkSocket questions;
    private EventSocket routing;
    private EventSocket nftables;
    private final Thread thread;

    /// Listens to links, addresses, neighbors and routes.
    public KernelWatch(Interest interest, Runnable changed) throws KernelException {
        this(interest, changed, null);
    }

    /// Listens to nftables too, if this kernel has it.
    ///
    /// @param tableChanged is given the name of a table that was made or deleted, or in which chains or rules were
    ///     made or deleted, or sets if the interest says so, or [#ANY_TABLE]; null not to listen to nftables
    public KernelWatch(Interest interest, Runnable changed, Consumer<String> tableChanged) throws KernelException {
        this.relevance = new Relevance(interest);
        this.sets = interest.sets();
        this.changed = changed;
        this.tableChanged = tableChanged;
        stop = Libc.eventfd();
        try {
            routing = new EventSocket(Rtnetlink.NETLINK_ROUTE, LINKS | NEIGHBORS | ADDRESSES | ROUTES);
            nftables = tableChanged == null ? null : listenToNftables();
            questions = new NetlinkSocket(Rtnetlink.NETLINK_ROUTE);
            learnDevices(); // after the listening began, so that no change falls between
        } catch (KernelException e) {
            release();
            throw e;
        }
        thread = Thread.ofPlatform().name("kernel-watch").daemon().start(this::run);
    }

    private static EventSocket listenToNftables() throws KernelException {
        try {
            return new EventSocket(Rtnetlink.NETLINK_NETFILTER, NFTABLES);
        } catch (KernelException e) {
            if (!e.is(Errno.EPROTONOSUPPORT) && !e.is(Errno.ENOENT)) {
                throw e;
            }
            LOG.log(Level.INFO, "this kernel does not tell of changes to nftables: {0}", e.getMessage());
            return null;
        }
    }

    private void learnDevices() throws KernelException {
        relevance.reset(questions.dump(Link.list(), Link::decode));
    }

    private void run() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = Libc.callState(arena);
            MemorySegment pollfds = nftables == null
                    ? Libc.pollfds(arena, stop, routing.fd())
                    : Libc.pollfds(arena, stop, routing.fd(), nftables.fd());
            while (true) {
                int ready = Libc.poll(pollfds, -1, state);
                if (ready < 0 && !Errno.EINTR.is(ready)) {
                    throw new KernelException("wait for news of the kernel", -ready, null);
                }
                if (ready > 0 && Libc.polled(pollfds, 0)) {
                    return;
                }
                if (ready > 0 && Libc.polled(pollfds, 1) && isRoutingNews()) {
                    call(changed);
                }
                if (ready > 0 && nftables != null && Libc.polled(pollfds, 2)) {
                    tables().forEach(name -> call(() -> tableChanged.accept(name)));
                }
            }
        } catch (KernelException e) {
            LOG.log(Level.ERROR, "no more news of the kernel, so changes are noticed later: {0}", e.getMessage());
        }
    }

    /// A listener's mistake must not end the listening.
    private static void call(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            LOG.log(Level.ERROR, "the kernel's news were not taken well", e);
        }
    }

    private boolean isRoutingNews() throws KernelException {
        Optional<List<Answer>> news = routing.drain();
        if (news.isEmpty()) {
            LOG.log(Level.DEBUG, "the kernel dropped news");
            learnDevices();
            return true;
        }
        boolean matters = false;
        for (Answer message : news.get()) {
            matters |= matters(message); // each is looked at, for the indexes of devices
        }
        return matters;
    }

    private boolean matters(Answer message) {
        try {
            return relevance.matters(message);
        } catch (KernelException e) {
            LOG.log(Level.WARNING, "news of the kernel that cannot be read: {0}", e.getMessage());
            return true;
        }
    }

    private Set<String> tables() throws KernelException {
        Optional<List<Answer>> news = nftables.drain();
        if (news.isEmpty()) {
            return Set.of(ANY_TABLE);
        }
        Set<String> names = new LinkedHashSet<>();
        for (Answer message : news.get()) {
            table(message).ifPresent(names::add);
        }
        return names;
    }

    private Optional<String> table(Answer message) {
        try {
            return NftablesNews.table(message, sets);
        } catch (KernelException e) {
            LOG.log(Level.WARNING, "news of nftables that cannot be read: {0}", e.getMessage());
            return Optional.of(ANY_TABLE);
        }
    }

    /// Stops listening. After it has returned there are no more calls, unless one of them is what closes.
    @Override
    public void close() {
        if (!closing.compareAndSet(false, true)) {
            return;
        }
        Libc.signal(stop);
        if (Thread.currentThread() == thread) {
            Thread.ofPlatform().name("kernel-watch-end").start(this::joinAndRelease);
        } else {
            joinAndRelease();
        }
    }

    private void joinAndRelease() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true; // the thread uses what is about to be released, and ends at once
            }
        }
        release();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void release() {
        if (questions != null) {
            questions.close();
        }
        if (routing != null) {
            routing.close();
        }
        if (nftables != null) {
            nftables.close();
        }
        stop.close();
    }
}
