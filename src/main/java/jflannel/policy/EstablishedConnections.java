package jflannel.policy;

import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Ip;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;
import jflannel.nftables.NftVerdict;
import jflannel.status.Board;
import jflannel.status.Condition;

/// Ends connections that policies no longer allow: the kernel forgets them, and judges their next packets as it judges
/// those of new ones. The node's own connections to its pods are left alone, as no policy is about them.
final class EstablishedConnections {
    private static final System.Logger LOG = System.getLogger(EstablishedConnections.class.getName());
    private static final int SUBSYSTEM = 1;
    private static final int GET = 1;
    private static final int DELETE = 2;
    private static final int NFGENMSG = 4;
    private static final int ORIGINAL = 1;
    private static final int REPLY = 2;
    private static final int ID = 12;
    private static final int ZONE = 18;
    private static final int ADDRESSES = 1;
    private static final int SOURCE_V4 = 1;
    private static final int SOURCE_V6 = 3;
    private static final int PROTOCOL = 2;
    private static final int NUMBER = 1;
    private static final int SOURCE_PORT = 2;
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration SAFETY = Duration.ofMinutes(5);

    private EstablishedConnections() {}

    /// Where the packets of one direction come from.
    private record Tuple(Ip source, int protocol, int port) {}

    /// A connection as the kernel tracks it.
    ///
    /// @param identity the attributes by which it is named
    private record Tracked(Connection connection, List<Attribute> identity) {}

    private record Attribute(int type, byte[] value) {}

    /// What the kernel was given, as this process knows it.
    private record Applied(Rendering rendering) implements TableWalk.Sets {
        @Override
        public Optional<NftVerdict> verdict(NftSet.Id set, byte[] key) {
            Map<Octets, Element> elements = rendering.of(set);
            Element exact = elements.get(new Octets(key));
            if (exact != null || !set.set().kind().hasRanges(true)) {
                return Optional.ofNullable(exact).map(Element::verdict);
            }
            return elements.values().stream()
                    .filter(it -> it.contains(key))
                    .map(Element::verdict)
                    .findFirst();
        }
    }

    /// @return when to look again
    static Duration cut(Rendering applied, Board board) {
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER)) {
            Set<Ip> own = own();
            Applied sets = new Applied(applied);
            List<Request> requests = new ArrayList<>();
            for (Tracked tracked : tracked(socket)) {
                Connection connection = tracked.connection;
                if (!own.contains(connection.source())
                        && !own.contains(connection.destination())
                        && !connection.source().equals(connection.destination())
                        && isRefused(sets, connection)) {
                    requests.add(deletion(tracked));
                    LOG.log(System.Logger.Level.INFO, "cut, because policies no longer allow it: " + connection);
                }
            }
            socket.execute(requests); // one that has ended by itself is as good as cut
            return SAFETY;
        } catch (KernelException | SocketException e) {
            board.raise(Condition.NETWORK_POLICY_FAILING, "connections cannot be cut: " + e.getMessage());
            return PAUSE;
        }
    }

    private static boolean isRefused(Applied sets, Connection connection) throws KernelException {
        return TableWalk.refuses(sets, connection, Direction.EGRESS)
                || TableWalk.refuses(sets, connection, Direction.INGRESS);
    }

    private static Set<Ip> own() throws SocketException {
        Set<Ip> own = new HashSet<>();
        for (NetworkInterface device : NetworkInterface.networkInterfaces().toList()) {
            for (InterfaceAddress address : device.getInterfaceAddresses()) {
                own.add(Ip.of(address.getAddress().getAddress()));
            }
        }
        return own;
    }

    private static List<Tracked> tracked(NetlinkSocket socket) throws KernelException {
        byte[] all = new MessageWriter().zeros(NFGENMSG).bytes();
        return socket.dump(new Request(SUBSYSTEM << 8 | GET, 0, all, "list", "tracked connections"), in -> decode(in));
    }

    /// Null for one without addresses of a family that is known here.
    static Tracked decode(MessageReader in) throws KernelException {
        in.skip(NFGENMSG);
        Tuple original = null;
        Tuple reply = null;
        List<Attribute> identity = new ArrayList<>();
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case ORIGINAL -> {
                    identity.add(new Attribute(ORIGINAL | Rtnetlink.NLA_F_NESTED, in.bytesAttribute()));
                    original = tuple(in.nested());
                }
                case REPLY -> reply = tuple(in.nested());
                case ID, ZONE -> identity.add(new Attribute(in.attributeType(), in.bytesAttribute()));
                default -> {} // timeouts, counters, states
            }
        }
        if (original == null || reply == null || original.source == null || reply.source == null) {
            return null;
        }
        // where policies are enforced, a Service's address was replaced, and a pod's not yet
        return new Tracked(new Connection(original.source, reply.source, original.protocol, reply.port), identity);
    }

    private static Tuple tuple(MessageReader in) throws KernelException {
        Ip source = null;
        int protocol = 0;
        int port = 0;
        while (in.nextAttribute()) {
            int part = in.attributeType();
            MessageReader inner = in.nested();
            while ((part == ADDRESSES || part == PROTOCOL) && inner.nextAttribute()) {
                int type = inner.attributeType();
                if (part == ADDRESSES && (type == SOURCE_V4 || type == SOURCE_V6)) {
                    source = Ip.of(inner.bytesAttribute());
                } else if (part == PROTOCOL && type == NUMBER) {
                    protocol = inner.u8Attribute();
                } else if (part == PROTOCOL && type == SOURCE_PORT) {
                    port = inner.portAttribute();
                }
            }
        }
        return new Tuple(source, protocol, port);
    }

    private static Request deletion(Tracked tracked) {
        int family = tracked.connection.source().family().af();
        MessageWriter message = new MessageWriter().u8(family).zeros(NFGENMSG - 1);
        tracked.identity.forEach(it -> message.attribute(it.type, it.value));
        return new Request(SUBSYSTEM << 8 | DELETE, 0, message.bytes(), "forget", "connection " + tracked.connection);
    }
}
