package jflannel.kernel;

import static jflannel.netlink.Rtnetlink.RTM_DELADDR;
import static jflannel.netlink.Rtnetlink.RTM_DELLINK;
import static jflannel.netlink.Rtnetlink.RTM_DELNEIGH;
import static jflannel.netlink.Rtnetlink.RTM_DELNEXTHOP;
import static jflannel.netlink.Rtnetlink.RTM_DELQDISC;
import static jflannel.netlink.Rtnetlink.RTM_DELROUTE;
import static jflannel.netlink.Rtnetlink.RTM_DELRULE;
import static jflannel.netlink.Rtnetlink.RTM_DELTFILTER;
import static jflannel.netlink.Rtnetlink.RTM_NEWADDR;
import static jflannel.netlink.Rtnetlink.RTM_NEWLINK;
import static jflannel.netlink.Rtnetlink.RTM_NEWNEIGH;
import static jflannel.netlink.Rtnetlink.RTM_NEWNEXTHOP;
import static jflannel.netlink.Rtnetlink.RTM_NEWROUTE;
import static jflannel.netlink.Rtnetlink.RTM_NEWRULE;
import static jflannel.netlink.Rtnetlink.RTM_NEWTFILTER;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import jflannel.ip.Cidr;
import jflannel.linux.KernelException;
import jflannel.netlink.Answer;
import jflannel.netlink.MessageReader;
import jflannel.netlink.Rtnetlink;

/// Separates the notifications that matter from the chatter of a busy node. They name devices by index, an [Interest]
/// by name, so this tracks which device has which index.
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

    /// What a message means to this program; empty if nothing.
    Optional<KernelNews> news(Answer message) throws KernelException {
        MessageReader in = new MessageReader("news of type " + message.type(), message.body());
        return switch (message.type()) {
            case RTM_NEWLINK -> isLink(message) ? changed(Link.decode(in)) : Optional.empty();
            case RTM_DELLINK -> isLink(message) ? gone(Link.decode(in).index()) : Optional.empty();
            case RTM_NEWADDR -> ofAddress(Address.decode(in), KernelNews.Present::new);
            case RTM_DELADDR -> ofAddress(Address.decode(in), Relevance::absent);
            case RTM_NEWROUTE -> ofRoute(FibRoute.decode(in), KernelNews.Present::new);
            case RTM_DELROUTE -> ofRoute(FibRoute.decode(in), Relevance::absent);
            case RTM_NEWRULE -> ofRule(RoutingRule.decode(in), KernelNews.Present::new);
            case RTM_DELRULE -> ofRule(RoutingRule.decode(in), Relevance::absent);
            case RTM_NEWNEXTHOP, RTM_DELNEXTHOP -> underlay(true);
            case RTM_NEWNEIGH -> presentNeighbor(message, in);
            case RTM_DELNEIGH -> isOnOwn(message) ? ofNeighbor(message, null) : Optional.empty();
            case RTM_NEWTFILTER -> isOnKnown(message) ? presentFilter(in) : Optional.empty();
            case RTM_DELTFILTER, RTM_DELQDISC -> isOnKnown(message) ? goneFilters(message, in) : Optional.empty();
            default -> Optional.empty();
        };
    }

    /// The same of a message about IPsec policies or keys.
    static Optional<KernelNews> ofPolicy(Answer message) throws KernelException {
        MessageReader in = new MessageReader("news of an IPsec policy", message.body());
        return switch (message.type()) {
            case XfrmPolicy.NEW_POLICY, XfrmPolicy.UPDATE_POLICY ->
                Optional.ofNullable(XfrmPolicy.decode(in)).map(KernelNews.Present::new);
            case XfrmPolicy.DELETE_POLICY ->
                Optional.ofNullable(XfrmPolicy.decodeDeleted(in)).map(Relevance::absent);
            case XfrmPolicy.FLUSH_POLICY -> Optional.of(new KernelNews.Everything());
            case XfrmState.DELETE_STATE, XfrmState.FLUSH_STATES -> Optional.of(new KernelNews.KeysGone());
            default -> Optional.empty();
        };
    }

    private static Optional<KernelNews> presentFilter(MessageReader in) throws KernelException {
        return Optional.ofNullable(Filter.decode(in)).map(KernelNews.Present::new);
    }

    /// The kernel names a single filter, or only what many went with.
    private static Optional<KernelNews> goneFilters(Answer message, MessageReader in) throws KernelException {
        Filter filter = message.type() == RTM_DELTFILTER ? Filter.decode(in) : null;
        return Optional.of(filter == null ? new KernelNews.UnderlayChanged() : absent(filter));
    }

    private boolean isOnKnown(Answer message) throws KernelException {
        int device =
                new MessageReader("news of a filter", message.body()).skip(4).u32();
        return own.containsKey(device) || underlay.containsKey(device);
    }

    private static KernelNews absent(KernelObject object) {
        return new KernelNews.Absent(object.key());
    }

    /// A bridge reports its ports in messages of the same type, but of family AF_BRIDGE.
    private static boolean isLink(Answer news) {
        return news.body().hasRemaining() && news.body().get(0) == Rtnetlink.AF_UNSPEC;
    }

    /// The kernel repeats itself, and reports more about a device than a [Link] holds.
    private Optional<KernelNews> changed(Link link) {
        Link ownBefore = note(own, link, interest.own());
        Link underlayBefore = note(underlay, link, interest.underlay());
        if (interest.own().contains(link.name())) {
            return link.equals(ownBefore) ? Optional.empty() : Optional.of(new KernelNews.DeviceChanged(link));
        }
        if (ownBefore != null) {
            return Optional.of(new KernelNews.DeviceGone(ownBefore.name()));
        }
        boolean leadsToNodes = interest.underlay().contains(link.name());
        if (leadsToNodes && link.up() && (underlayBefore == null || !underlayBefore.up())) {
            return Optional.of(new KernelNews.UnderlayUp());
        }
        return leadsToNodes ? underlay(!link.equals(underlayBefore)) : underlay(underlayBefore != null);
    }

    /// Keeps what is known of the devices of these names.
    ///
    /// @return what was known of this one
    private static Link note(Map<Integer, Link> known, Link link, Set<String> names) {
        return names.contains(link.name()) ? known.put(link.index(), link) : known.remove(link.index());
    }

    private Optional<KernelNews> gone(int index) {
        Link ours = own.remove(index);
        Link leadingToNodes = underlay.remove(index);
        return ours == null ? underlay(leadingToNodes != null) : Optional.of(new KernelNews.DeviceGone(ours.name()));
    }

    private static Optional<KernelNews> underlay(boolean changed) {
        return changed ? Optional.of(new KernelNews.UnderlayChanged()) : Optional.empty();
    }

    private Optional<KernelNews> ofAddress(InterfaceAddress address, Function<KernelObject, KernelNews> news) {
        if (address == null) {
            return Optional.empty();
        }
        int device = address.address().ifIndex();
        boolean amongPods = interest.networks().stream()
                .anyMatch(network -> network.contains(address.address().ip()));
        return own.containsKey(device) || amongPods && !underlay.containsKey(device)
                ? Optional.of(news.apply(address.address()))
                : underlay(underlay.containsKey(device));
    }

    /// On the way to other nodes, only what somebody made for good matters.
    private Optional<KernelNews> presentNeighbor(Answer message, MessageReader in) throws KernelException {
        int device = device(message);
        Neighbor present = Neighbor.decode(in);
        return own.containsKey(device)
                ? ofNeighbor(message, present)
                : underlay(underlay.containsKey(device) && present != null && !present.forwarding());
    }

    private static int device(Answer message) throws KernelException {
        return new MessageReader("news of a neighbor", message.body()).skip(4).u32();
    }

    private boolean isOnOwn(Answer message) throws KernelException {
        return own.containsKey(device(message));
    }

    /// @param present null unless it exists and is permanent; this program made no others
    private static Optional<KernelNews> ofNeighbor(Answer message, Neighbor present) throws KernelException {
        if (present != null) {
            return Optional.of(new KernelNews.Present(present));
        }
        return Optional.ofNullable(Neighbor.decodeKey(new MessageReader("news of a neighbor", message.body())))
                .map(KernelNews.Absent::new);
    }

    private Optional<KernelNews> ofRoute(FibRoute any, Function<KernelObject, KernelNews> news) {
        if (any == null) {
            return Optional.empty();
        }
        Route route = interest.tables().contains(any.table()) ? Route.of(any) : null;
        Optional<KernelNews> ofObject = route == null ? Optional.empty() : ofRoute(route, news);
        return ofObject.isPresent() ? ofObject : underlay(leadsToNodes(any));
    }

    /// Rules decide about the way to other nodes; those of ours, only about packets to pods.
    private static Optional<KernelNews> ofRule(RoutingRule rule, Function<KernelObject, KernelNews> news) {
        return rule == null || rule.protocol() != Route.OURS ? underlay(true) : Optional.of(news.apply(rule));
    }

    private boolean leadsToNodes(FibRoute route) {
        return !route.cloned()
                && route.protocol() != Route.OURS
                && route.table() != FibRoute.LOCAL
                && (interest.holdsNodes().test(route.destination()) || isByGatewayAmongPods(route));
    }

    /// The host needs its gateways, so no subnet of pods may cover them.
    private boolean isByGatewayAmongPods(FibRoute route) {
        return route.nextHops().stream()
                .map(NextHop::gateway)
                .anyMatch(ip -> ip != null && interest.networks().stream().anyMatch(it -> it.contains(ip)));
    }

    private Optional<KernelNews> ofRoute(Route route, Function<KernelObject, KernelNews> news) {
        Cidr destination = route.destination();
        boolean ofSeveralDevices = route.ifIndex() == 0 && route.type() == Route.UNICAST;
        boolean toOneHost = destination.length() == destination.family().bits();
        boolean withinNetworks = interest.networks().stream().anyMatch(network -> network.contains(destination));
        boolean onUnderlay = underlay.containsKey(route.ifIndex());
        if (own.containsKey(route.ifIndex()) || withinNetworks && (onUnderlay || !toOneHost)) {
            return Optional.of(news.apply(route));
        }
        boolean around = interest.networks().stream().anyMatch(destination::contains);
        return underlay(onUnderlay || ofSeveralDevices || around);
    }
}
