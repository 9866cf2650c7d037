package jflannel.kernel;

import static jflannel.netlink.Rtnetlink.NLM_F_CREATE;
import static jflannel.netlink.Rtnetlink.NLM_F_EXCL;
import static jflannel.netlink.Rtnetlink.NLM_F_REPLACE;
import static jflannel.netlink.Rtnetlink.RTM_DELADDR;
import static jflannel.netlink.Rtnetlink.RTM_DELNEIGH;
import static jflannel.netlink.Rtnetlink.RTM_DELROUTE;
import static jflannel.netlink.Rtnetlink.RTM_DELRULE;
import static jflannel.netlink.Rtnetlink.RTM_DELTFILTER;
import static jflannel.netlink.Rtnetlink.RTM_NEWADDR;
import static jflannel.netlink.Rtnetlink.RTM_NEWNEIGH;
import static jflannel.netlink.Rtnetlink.RTM_NEWQDISC;
import static jflannel.netlink.Rtnetlink.RTM_NEWROUTE;
import static jflannel.netlink.Rtnetlink.RTM_NEWRULE;
import static jflannel.netlink.Rtnetlink.RTM_NEWTFILTER;

import jflannel.netlink.Request;

/// The messages that add, replace and delete [KernelObject]s.
final class ObjectRequests {
    private ObjectRequests() {}

    static Request of(Plan.Change change) {
        return switch (change.verb()) {
            case ADD -> add(change.object());
            case REPLACE -> replace(change.object());
            case DELETE -> delete(change.object());
        };
    }

    /// Adds what [Plan] found missing. A route that was added meanwhile is not replaced: the kernel refuses, and the
    /// next look at its tables decides again. A neighbor is, because those that the kernel has learned are not
    /// looked at.
    private static Request add(KernelObject object) {
        return put(object, object instanceof Route ? NLM_F_CREATE | NLM_F_EXCL : NLM_F_CREATE | NLM_F_REPLACE);
    }

    /// Puts an object in the place of one with the same key.
    static Request replace(KernelObject object) {
        return put(object, NLM_F_CREATE | NLM_F_REPLACE);
    }

    static Request delete(KernelObject object) {
        return switch (object) {
            case Address address -> new Request(RTM_DELADDR, 0, address.encode(), "delete", address);
            case Clsact clsact -> throw new IllegalArgumentException(clsact + " is never deleted");
            case Filter filter -> new Request(RTM_DELTFILTER, 0, filter.encodeForDeletion(), "delete", filter);
            case Neighbor neighbor -> new Request(RTM_DELNEIGH, 0, neighbor.encode(), "delete", neighbor);
            case Route route -> new Request(RTM_DELROUTE, 0, route.encodeForDeletion(), "delete", route);
            case RoutingRule rule -> new Request(RTM_DELRULE, 0, rule.encode(), "delete", rule);
            case WireguardPeer peer -> throw anotherInterface(peer);
            case XfrmPolicy policy -> policy.deletion();
        };
    }

    private static Request put(KernelObject object, int flags) {
        return switch (object) {
            case Address address -> new Request(RTM_NEWADDR, flags, address.encode(), "put", address);
            case Clsact clsact -> new Request(RTM_NEWQDISC, NLM_F_CREATE, clsact.encode(), "put", clsact);
            case Filter filter -> new Request(RTM_NEWTFILTER, flags, filter.encode(), "put", filter);
            case Neighbor neighbor -> new Request(RTM_NEWNEIGH, flags, neighbor.encode(), "put", neighbor);
            case Route route -> new Request(RTM_NEWROUTE, flags, route.encode(), "put", route);
            // the kernel replaces no rules, it would add a second one
            case RoutingRule rule -> new Request(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule.encode(), "put", rule);
            case WireguardPeer peer -> throw anotherInterface(peer);
            case XfrmPolicy policy -> policy.put();
        };
    }

    private static IllegalArgumentException anotherInterface(WireguardPeer peer) {
        return new IllegalArgumentException(peer + " is not configured by rtnetlink");
    }
}
