package jflannel.kernel;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// The WireGuard devices of this namespace, whose driver is only looked for when one is in use. For one thread at a
/// time.
public final class WireguardDevices implements AutoCloseable {
    private static final long SIOCGIFNAME = 0x8910;
    private static final int IFREQ_BYTES = 40;
    private static final int IFREQ_INDEX = 16;

    private WireguardSocket socket;
    /// Where each peer was wanted at the last look, by key.
    private Map<Object, String> wantedAt = Map.of();

    /// True if this kernel has WireGuard, or can load it, or there is a program that does the same.
    public static boolean areSupported() {
        try (WireguardSocket _ = new WireguardSocket()) {
            return true;
        } catch (KernelException e) {
            return WireguardProgram.isInstalled();
        }
    }

    private WireguardControl control(String device) throws KernelException {
        if (WireguardProgram.has(device)) {
            return new WireguardProgram(device);
        }
        if (socket == null) {
            socket = new WireguardSocket();
        }
        return socket;
    }

    private static String name(int ifIndex) throws KernelException {
        try (Arena arena = Arena.ofConfined();
                Fd any = Libc.socket(Family.IPV4.af(), Libc.SOCK_DGRAM, 0)) {
            MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
            request.set(JAVA_INT, IFREQ_INDEX, ifIndex);
            Libc.ioctl(any, "find dev " + ifIndex, SIOCGIFNAME, request);
            return request.getString(0);
        }
    }

    /// Makes a device where the kernel has no WireGuard.
    void create(String device) throws KernelException {
        new WireguardProgram(device).start();
    }

    /// Gives a device its key and its port. Repeating the call is harmless.
    void configure(Link link, Wireguard wanted) throws KernelException {
        control(link.name()).configure(link, wanted);
    }

    /// Lets a device begin new sessions at once with peers that have not answered it. By itself it waits five seconds
    /// after each attempt. What others send by the sessions that they have is still received.
    public void beginAgain(Link link, Wireguard wanted) throws KernelException {
        configure(link, new Wireguard(WireguardSecret.NONE, wanted.port()));
        configure(link, wanted);
    }

    /// This host has another address. The kernel notices by itself that the one which a peer was sent to from is gone.
    public void movedTo(Link link) throws KernelException {
        if (control(link.name()) instanceof WireguardProgram program) {
            program.forgetSources();
        }
    }

    /// What a device has now.
    public WireguardState read(int ifIndex) throws KernelException {
        return control(name(ifIndex)).read(ifIndex);
    }

    /// The peers of these devices and of those that some are wanted on, as one who wants those sees them.
    List<KernelObject> peers(Set<Integer> devices, Collection<? extends KernelObject> wanted) throws KernelException {
        Set<Integer> all = new TreeSet<>(devices);
        Map<Object, WireguardPeer> byKey = new HashMap<>();
        for (KernelObject object : wanted) {
            if (object instanceof WireguardPeer peer) {
                all.add(peer.ifIndex());
                byKey.put(peer.key(), peer);
            }
        }
        List<WireguardState.Peer> there = new ArrayList<>();
        for (int device : all) {
            there.addAll(present(device).peers());
        }
        return asWanted(there, byKey);
    }

    /// These peers as one who wants others sees them. Where a peer is heard from is as good as where it is
    /// wanted, unless it is wanted elsewhere than at the last look. Then the new place is tried even if the old
    /// one answers: that may be another device of that node, which takes no packets for this one.
    ///
    /// @param wanted by key
    List<KernelObject> asWanted(List<WireguardState.Peer> there, Map<Object, WireguardPeer> wanted) {
        List<KernelObject> found = new ArrayList<>();
        for (WireguardState.Peer peer : there) {
            Object key = peer.settings().key();
            WireguardPeer one = wanted.get(key);
            boolean moved = one != null && !one.endpoint().equals(wantedAt.getOrDefault(key, one.endpoint()));
            found.add(moved ? peer.settings() : peer.against(one));
        }
        Map<Object, String> next = HashMap.newHashMap(wanted.size());
        wanted.forEach((key, peer) -> next.put(key, peer.endpoint()));
        wantedAt = next;
        return found;
    }

    private WireguardState present(int device) throws KernelException {
        try {
            return read(device);
        } catch (KernelException e) {
            if (e.is(Errno.ENODEV)) {
                return WireguardState.NONE; // what is wanted on it will be refused, peer by peer
            }
            throw e;
        }
    }

    /// As [WireguardControl#apply], of any devices.
    KernelException[] apply(List<Plan.Change> changes, Set<Cidr> moved) throws KernelException {
        KernelException[] refusals = new KernelException[changes.size()];
        int from = 0;
        while (from < refusals.length) {
            int device = device(changes.get(from));
            int to = from + 1;
            while (to < refusals.length && device(changes.get(to)) == device) {
                to++;
            }
            KernelException[] of = apply(device, changes.subList(from, to), moved);
            System.arraycopy(of, 0, refusals, from, of.length);
            from = to;
        }
        return refusals;
    }

    private static int device(Plan.Change change) {
        return ((WireguardPeer) change.object()).ifIndex();
    }

    /// A device that is gone, or whose process does not answer, is no reason to leave out others.
    private KernelException[] apply(int device, List<Plan.Change> changes, Set<Cidr> moved) {
        try {
            return control(name(device)).apply(changes, moved);
        } catch (KernelException e) {
            return changes.stream().map(_ -> e).toArray(KernelException[]::new);
        }
    }

    @Override
    public void close() {
        if (socket != null) {
            socket.close();
        }
    }
}
