package jflannel.kernel;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.linux.Netns;
import jflannel.netlink.MessageWriter;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;
import jflannel.netlink.Rtnetlink;

/// What the kernel's tables hold for a single packet, whoever put it there: for tools that explain where packets go.
/// In the namespace of the thread that makes it; for one thread at a time.
public final class KernelEntries implements AutoCloseable {
    private static final int IFLA_LINK = 5;
    private static final int IFLA_LINK_NETNSID = 37;
    private static final int RTM_GETNSID = 90;
    private static final int NETNSA_NSID = 1;
    private static final int NETNSA_FD = 3;
    /// No device of this namespace has its other end there.
    private static final int UNNUMBERED = -1;

    private final NetlinkSocket socket;

    public KernelEntries() throws KernelException {
        socket = new NetlinkSocket(Rtnetlink.NETLINK_ROUTE);
    }

    /// The rules of a family in the order in which they are asked.
    public List<PolicyRule> policyRules(Family family) throws KernelException {
        try {
            return socket.dump(PolicyRule.list(family), PolicyRule::decode);
        } catch (KernelException e) {
            if (e.is(Errno.EAFNOSUPPORT) || e.is(Errno.EOPNOTSUPP)) {
                return List.of(); // a kernel without rules, or without IPv6
            }
            throw e;
        }
    }

    /// The entries for an address, on any device.
    public List<NeighborEntry> neighbors(Ip ip) throws KernelException {
        return socket.dump(Neighbor.list(0), in -> {
            NeighborEntry entry = NeighborEntry.decode(in);
            return entry != null && entry.ip().equals(ip) ? entry : null;
        });
    }

    /// The entries for a MAC address: those of bridges for their ports, and those of one vxlan device.
    ///
    /// @param device index of the vxlan device, or 0 for bridges only
    public List<ForwardingEntry> forwarding(int device, Mac mac) throws KernelException {
        List<ForwardingEntry> entries = new ArrayList<>();
        socket.dump(Neighbor.listForwarding(device), in -> {
            ForwardingEntry entry = ForwardingEntry.decode(in);
            if (entry != null && entry.mac().equals(mac) && (device == 0 || entry.ifIndex() == device)) {
                entries.add(entry);
            }
            return null;
        });
        return entries;
    }

    /// For each device whose other end, such as that of a veth pair, is in a certain namespace: the other end's index.
    ///
    /// @param namespace another than this one
    public Map<Integer, Integer> endsIn(Netns namespace) throws KernelException {
        Map<Integer, End> ends = new HashMap<>();
        socket.dump(Link.list(), in -> {
            int index = in.skip(4).u32();
            in.skip(8);
            int end = 0;
            int namespaceNumber = UNNUMBERED;
            while (in.nextAttribute()) {
                switch (in.attributeType()) {
                    case IFLA_LINK -> end = in.u32Attribute();
                    case IFLA_LINK_NETNSID -> namespaceNumber = in.u32Attribute();
                    default -> {}
                }
            }
            ends.put(index, new End(end, namespaceNumber));
            return null;
        });
        int number = numberOf(namespace); // the kernel may have given it one just now, for that list
        Map<Integer, Integer> there = new HashMap<>();
        ends.forEach((index, end) -> {
            if (end.namespace != UNNUMBERED && end.namespace == number) {
                there.put(index, end.index);
            }
        });
        return there;
    }

    private record End(int index, int namespace) {}

    /// By which the kernel calls another namespace in this one: netns ids, `ip netns list-id`.
    private int numberOf(Netns namespace) throws KernelException {
        byte[] body = new MessageWriter()
                .u8(Rtnetlink.AF_UNSPEC)
                .zeros(3)
                .u32Attribute(NETNSA_FD, namespace.fd().number())
                .bytes();
        return socket.ask(new Request(RTM_GETNSID, 0, body, "find", "the number of a namespace"), in -> {
            in.skip(4);
            int number = UNNUMBERED;
            while (in.nextAttribute()) {
                number = in.attributeType() == NETNSA_NSID ? in.u32Attribute() : number;
            }
            return number;
        });
    }

    @Override
    public void close() {
        socket.close();
    }
}
