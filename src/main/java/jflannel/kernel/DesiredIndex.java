package jflannel.kernel;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import jflannel.ip.Cidr;

/// What the kernel should hold, by key, so that a notification costs a look at one object. It also tells this
/// program's own changes, which are notified as well, from those of others: they are as desired.
///
/// One thread updates it, before it changes the kernel; any thread may ask.
public final class DesiredIndex {
    private volatile State state =
            new State(Map.of(), new ConcurrentHashMap<>(), new ConcurrentHashMap<>(), Ownership.NONE);

    /// @param targets of the routes among the objects, and how many there are to each
    private record State(
            Map<String, Link> devices,
            Map<Object, KernelObject> objects,
            Map<Route.Target, Integer> targets,
            Ownership ownership) {
        /// True if a route to there wins over one of the desired ones, or won until now.
        boolean concerns(Route.Target target) {
            Cidr destination = target.destination();
            return IntStream.rangeClosed(0, destination.length())
                    .mapToObj(length -> new Cidr(destination.address(), length))
                    .anyMatch(around -> targets.containsKey(new Route.Target(around, target.table())));
        }

        void put(KernelObject object) {
            count(objects.put(object.key(), object), -1);
            count(object, 1);
        }

        void remove(Object key) {
            count(objects.remove(key), -1);
        }

        private void count(KernelObject object, int by) {
            if (object instanceof Route route) {
                targets.merge(route.target(), by, (a, b) -> a + b == 0 ? null : a + b);
            }
        }
    }

    /// Replaces everything.
    ///
    /// @param devices this program's devices as they should be, by name
    /// @param objects of those with equal keys, one counts
    /// @param ownership which other objects to delete when they appear
    public void replace(Map<String, Link> devices, Collection<? extends KernelObject> objects, Ownership ownership) {
        State next = new State(
                Map.copyOf(devices), new ConcurrentHashMap<>(2 * objects.size()), new ConcurrentHashMap<>(), ownership);
        objects.forEach(next::put);
        state = next;
    }

    /// Replaces some objects.
    ///
    /// @param gone keys of those that are not desired any more
    /// @param ownership which other objects to delete when they appear
    public void change(Collection<?> gone, Collection<? extends KernelObject> put, Ownership ownership) {
        State next = new State(state.devices, state.objects, state.targets, ownership);
        gone.forEach(next::remove);
        put.forEach(next::put);
        state = next;
    }

    /// What a notification calls for; nothing if it is this program's own doing.
    public Repair repairFor(KernelNews news) {
        State now = state;
        return switch (news) {
            case KernelNews.DeviceChanged(Link link) ->
                link.equals(now.devices.get(link.name())) ? Repair.NOTHING : Repair.PASS;
            case KernelNews.DeviceGone(String name) -> now.devices.containsKey(name) ? Repair.PASS : Repair.NOTHING;
            case KernelNews.Present(KernelObject object) -> judge(object, now.objects.get(object.key()), now);
            case KernelNews.PeerSeen(WireguardState.Peer peer) -> judge(peer, now);
            case KernelNews.PeerSilent(WireguardState.Peer peer, WireguardPeer heard) ->
                elsewhere(peer, heard, (WireguardPeer)
                        now.objects.get(peer.settings().key()));
            case KernelNews.Absent(Object key) -> missing(key, now.objects.get(key), now);
            case KernelNews.UnderlayChanged(), KernelNews.UnderlayUp() -> Repair.PASS;
            case KernelNews.KeysGone() -> Repair.NOTHING; // who negotiates them looks after them
            case KernelNews.TableChanged _ -> Repair.NOTHING; // the keeper of the rules decides by the name
            case KernelNews.Everything() -> Repair.PASS;
        };
    }

    private static Repair judge(KernelObject there, KernelObject wanted, State now) {
        if (wanted == null) {
            return now.ownership.claims().test(there) ? new Repair.Delete(there) : foreign(there.key(), now);
        }
        if (wanted.equals(there)) {
            return Repair.NOTHING;
        }
        return isSimple(there, wanted) ? new Repair.Put(wanted) : Repair.PASS;
    }

    private static Repair judge(WireguardState.Peer there, State now) {
        WireguardPeer wanted = (WireguardPeer) now.objects.get(there.settings().key());
        return judge(there.against(wanted), wanted, now);
    }

    private static Repair elsewhere(WireguardState.Peer there, WireguardPeer heard, WireguardPeer wanted) {
        if (wanted == null || heard == null) {
            return Repair.NOTHING;
        }
        boolean asPublished = there.settings().endpoint().equals(wanted.endpoint());
        return new Repair.Put(asPublished ? wanted.at(heard.host(), heard.port()) : wanted);
    }

    /// Of somebody else's objects, only routes may matter.
    private static Repair foreign(Object key, State now) {
        return key instanceof Route.Key route && now.concerns(route.target()) ? Repair.AUDIT : Repair.NOTHING;
    }

    /// With a device's last IPv4 address the kernel drops the routes that leave by the device, and does not report them
    /// (fib_disable_ip, net/ipv4/fib_frontend.c).
    private static Repair missing(Object key, KernelObject wanted, State now) {
        return switch (wanted) {
            case null -> foreign(key, now);
            case Address _ -> Repair.PASS;
            default -> new Repair.Put(wanted);
        };
    }

    /// A [Plan] has more to decide if the kernel itself made the route, or would refuse the new one while the old one
    /// is there.
    private static boolean isSimple(KernelObject there, KernelObject wanted) {
        return !(there instanceof Route old
                && wanted instanceof Route route
                && (old.madeByKernel() || route.onlink() && old.ifIndex() != route.ifIndex()));
    }
}
