package jflannel.kernel;

import static jflannel.netlink.Rtnetlink.RTM_DELADDR;
import static jflannel.netlink.Rtnetlink.RTM_DELLINK;
import static jflannel.netlink.Rtnetlink.RTM_DELNEIGH;
import static jflannel.netlink.Rtnetlink.RTM_DELROUTE;
import static jflannel.netlink.Rtnetlink.RTM_NEWADDR;
import static jflannel.netlink.Rtnetlink.RTM_NEWLINK;
import static jflannel.netlink.Rtnetlink.RTM_NEWNEIGH;
import static jflannel.netlink.Rtnetlink.RTM_NEWROUTE;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import jflannel.linux.KernelException;
import jflannel.netlink.Answer;
import jflannel.netlink.MessageReader;
import jflannel.netlink.Rtnetlink;

/// Tells the kernel's news that matter from the chatter of a busy node. News name devices by index, an [Interest]
/// by name, so this follows which device has which index.
final class Relevance {
    private final Interest interest;
    private final Map<Integer, Link> own = new HashMap<>();
    private final Map<Integer, Link> underlay = new HashMap<>();

    Relevance(Interest interest) {
        this.interest = interest;
    }

    /// Forgets what it knew of devices: these are all.
    void reset(Collection<Link> links) {
        own.clear();
        underlay.clear();
        links.forEach(this::changed);
    }

    /// True if the message tells of something that matters.
    boolean matters(Answer news) throws KernelException {
        MessageReader in = new MessageReader("news of type " + news.type(), news.body());
        return switch (news.type()) {
            case RTM_NEWLINK -> isLink(news) && changed(Link.decode(in));
            case RTM_DELLINK -> isLink(news) && gone(Link.decode(in).index());
            case RTM_NEWADDR, RTM_DELADDR -> ofAddress(Address.decode(in));
            case RTM_NEWROUTE, RTM_DELROUTE -> ofRoute(Route.decode(in));
            case RTM_NEWNEIGH, RTM_DELNEIGH -> own.containsKey(in.skip(4).u32());
            default -> false;
        };
    }

    /// A bridge tells of its ports in messages of the same type, but of family AF_BRIDGE.
    private static boolean isLink(Answer news) {
        return news.body().hasRemaining() && news.body().get(0) == Rtnetlink.AF_UNSPEC;
    }

    /// The kernel repeats itself, and reports more of a device than a [Link] holds.
    private boolean changed(Link link) {
        boolean ours = note(own, link, interest.own().contains(link.name()));
        boolean reliedOn = note(underlay, link, interest.underlay().contains(link.name()));
        return ours || reliedOn;
    }

    private static boolean note(Map<Integer, Link> known, Link link, boolean wanted) {
        Link before = wanted ? known.put(link.index(), link) : known.remove(link.index());
        return wanted ? !link.equals(before) : before != null;
    }

    private boolean gone(int index) {
        boolean ours = own.remove(index) != null;
        return underlay.remove(index) != null || ours;
    }

    private boolean isKnown(int index) {
        return own.containsKey(index) || underlay.containsKey(index);
    }

    private boolean ofAddress(InterfaceAddress address) {
        return address != null && isKnown(address.address().ifIndex());
    }

    private boolean ofRoute(Route route) {
        if (route == null) {
            return false;
        }
        boolean ofSeveralDevices = route.ifIndex() == 0 && route.type() == Route.UNICAST;
        boolean toOneHost =
                route.destination().length() == route.destination().family().bits();
        return isKnown(route.ifIndex())
                || ofSeveralDevices
                || !toOneHost && interest.networks().stream().anyMatch(route.destination()::overlaps);
    }
}
