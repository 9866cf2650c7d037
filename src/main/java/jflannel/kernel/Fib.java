package jflannel.kernel;

import static java.util.stream.Collectors.toMap;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.linux.KernelReply;
import jflannel.netlink.MessageReader;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;

/// Where the kernel sends packets: its forwarding information base.
final class Fib {
    private static final int FRA_DST = 1;

    private final NetlinkSocket socket;

    Fib(NetlinkSocket socket) {
        this.socket = socket;
    }

    /// The routes of all tables, of both families, that `wanted` accepts.
    List<FibRoute> routes(Predicate<FibRoute> wanted) throws KernelException {
        List<FibRoute> routes = new ArrayList<>();
        for (Family family : Family.values()) {
            routes.addAll(socket.dump(FibRoute.list(family), in -> {
                FibRoute route = FibRoute.decode(in);
                // a kernel without IPv6 takes the question for one about all families
                boolean asked = route != null && route.destination().family() == family && !route.cloned();
                return asked && wanted.test(route) ? route : null;
            }));
        }
        boolean complete = routes.stream().noneMatch(FibRoute::lacksNextHops);
        Map<Integer, NextHopObject> objects = complete ? Map.of() : nextHopObjects();
        return routes.stream().map(route -> route.resolve(objects)).toList();
    }

    /// The networks whose packets have rules of their own: `struct fib_rule_hdr` and FRA_* attributes,
    /// linux/fib_rules.h.
    List<Cidr> ruleDestinations() throws KernelException {
        List<Cidr> destinations = new ArrayList<>();
        for (Family family : Family.values()) {
            destinations.addAll(dumpIfThere(RoutingRule.list(family), Fib::ruleDestination));
        }
        return destinations;
    }

    /// The rules that depend on nothing but the destination.
    List<RoutingRule> rules() throws KernelException {
        List<RoutingRule> rules = new ArrayList<>();
        for (Family family : Family.values()) {
            rules.addAll(dumpIfThere(RoutingRule.list(family), RoutingRule::decode));
        }
        return rules;
    }

    private <T> List<T> dumpIfThere(Request request, NetlinkSocket.Decoder<T> decoder) throws KernelException {
        try {
            return socket.dump(request, decoder);
        } catch (KernelException e) {
            if (e.is(Errno.EAFNOSUPPORT) || e.is(Errno.EOPNOTSUPP)) {
                return List.of(); // a kernel without rules, or without IPv6
            }
            throw e;
        }
    }

    static Cidr ruleDestination(MessageReader in) throws KernelException {
        Family family = Family.ofAf(in.u8());
        int length = in.u8();
        in.skip(10);
        Ip network = null;
        while (family != null && in.nextAttribute()) {
            if (in.attributeType() == FRA_DST) {
                network = in.ip(family);
            }
        }
        if (network != null && length > family.bits()) {
            throw in.malformed("a prefix of " + length + " bits");
        }
        return network == null ? null : new Cidr(network, length);
    }

    private Map<Integer, NextHopObject> nextHopObjects() throws KernelException {
        return socket.dump(NextHopObject.list(), NextHopObject::decode).stream()
                .collect(toMap(NextHopObject::id, Function.identity(), (first, _) -> first));
    }

    List<KernelReply<Path>> pathsOf(List<RouteQuery> queries) throws KernelException {
        List<Request> requests = queries.stream().map(RouteQuery::request).toList();
        List<KernelReply<Path>> replies = socket.askAll(requests, Path::decode);
        return IntStream.range(0, requests.size())
                .mapToObj(i -> orUnreachable(replies.get(i), requests.get(i)))
                .toList();
    }

    List<KernelReply<FibRoute>> routesFor(List<RouteQuery> queries) throws KernelException {
        List<Request> requests = queries.stream().map(RouteQuery::matchRequest).toList();
        List<KernelReply<FibRoute>> replies = socket.askAll(requests, FibRoute::decode);
        boolean complete = replies.stream().map(KernelReply::object).noneMatch(it -> it != null && it.lacksNextHops());
        Map<Integer, NextHopObject> objects = complete ? Map.of() : nextHopObjects();
        return IntStream.range(0, requests.size())
                .mapToObj(i -> orUnreachable(resolved(replies.get(i), objects), requests.get(i)))
                .toList();
    }

    private static KernelReply<FibRoute> resolved(KernelReply<FibRoute> reply, Map<Integer, NextHopObject> objects) {
        if (reply.object() == null) {
            return reply;
        }
        FibRoute route = reply.object().resolve(objects);
        return new KernelReply<>(route.nextHops().isEmpty() ? null : route, null);
    }

    /// Turns an answer that leads nowhere, as IPv6 gives it, into a refusal.
    private static <T> KernelReply<T> orUnreachable(KernelReply<T> reply, Request request) {
        return reply.object() != null || reply.refusal() != null
                ? reply
                : new KernelReply<>(null, new KernelException(request.words(), Errno.ENETUNREACH.number(), null));
    }
}
