package jflannel.kernel;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// What the kernel should hold, by key, so that a piece of news costs a look at one object. It also tells this
/// program's
/// own changes, which are news as well, from those of others: they are as desired.
///
/// One thread changes it, before it changes the kernel; any thread may ask.
public final class DesiredIndex {
    private volatile State state = new State(Map.of(), new ConcurrentHashMap<>(), new Ownership(Set.of(), _ -> false));

    private record State(Map<String, Link> devices, Map<Object, KernelObject> objects, Ownership ownership) {}

    /// Replaces everything.
    ///
    /// @param devices this program's devices as they are when all is well, by name
    /// @param objects of those with equal keys, one counts
    /// @param ownership which other objects are to be deleted when they appear
    public void replace(Map<String, Link> devices, Collection<? extends KernelObject> objects, Ownership ownership) {
        Map<Object, KernelObject> byKey = new ConcurrentHashMap<>(objects.size() * 4 / 3 + 1);
        objects.forEach(object -> byKey.put(object.key(), object));
        state = new State(Map.copyOf(devices), byKey, ownership);
    }

    /// Adds objects that are desired from now on, too.
    public void add(Collection<? extends KernelObject> objects) {
        State now = state;
        objects.forEach(object -> now.objects.put(object.key(), object));
    }

    /// What is to be done about a piece of news; nothing if it is this program's own doing.
    public Repair repairFor(KernelNews news) {
        State now = state;
        return switch (news) {
            case KernelNews.DeviceChanged(Link link) ->
                link.equals(now.devices.get(link.name())) ? Repair.NOTHING : Repair.PASS;
            case KernelNews.DeviceGone(String name) -> now.devices.containsKey(name) ? Repair.PASS : Repair.NOTHING;
            case KernelNews.Present(KernelObject object) -> judge(object, now.objects.get(object.key()), now.ownership);
            case KernelNews.Absent(Object key) -> missing(now.objects.get(key));
            case KernelNews.UnderlayChanged() -> Repair.PASS;
            case KernelNews.TableChanged _ -> Repair.NOTHING; // whoever keeps the rules decides by the name
            case KernelNews.Everything() -> Repair.PASS;
        };
    }

    private static Repair judge(KernelObject there, KernelObject wanted, Ownership ownership) {
        if (wanted == null) {
            return ownership.claims().test(there) ? new Repair.Delete(there) : Repair.NOTHING;
        }
        if (wanted.equals(there)) {
            return Repair.NOTHING;
        }
        return isSimple(there, wanted) ? new Repair.Put(wanted) : Repair.PASS;
    }

    /// With a device's last IPv4 address the kernel drops the routes that leave by the device, and does not report
    /// them (fib_disable_ip, net/ipv4/fib_frontend.c).
    private static Repair missing(KernelObject wanted) {
        return switch (wanted) {
            case null -> Repair.NOTHING;
            case Address _ -> Repair.PASS;
            default -> new Repair.Put(wanted);
        };
    }

    /// A [Plan] has more to decide if the kernel itself made the route, or would refuse the new one while the old
    /// one is
    /// there.
    private static boolean isSimple(KernelObject there, KernelObject wanted) {
        return !(there instanceof Route old
                && wanted instanceof Route route
                && (old.madeByKernel() || route.onlink() && old.ifIndex() != route.ifIndex()));
    }
}
