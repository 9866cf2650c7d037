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
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Rtnetlink;

/// What the kernel's tables hold for a single packet, whoever put it there: for tools that explain where packets go.
/// In the namespace of the thread that makes it; for one thread at a time.
public final class KernelEntries implements AutoCloseable {
    private static final int IFLA_LINK = 5;

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

    /// For each device that has another end, such as that of a veth pair: the other end's index, which may be in
    /// another namespace.
    public Map<Integer, Integer> otherEnds() throws KernelException {
        Map<Integer, Integer> ends = new HashMap<>();
        socket.dump(Link.list(), in -> {
            int index = in.skip(4).u32();
            in.skip(8);
            while (in.nextAttribute()) {
                if (in.attributeType() == IFLA_LINK) {
                    ends.put(index, in.u32Attribute());
                }
            }
            return null;
        });
        return ends;
    }

    @Override
    public void close() {
        socket.close();
    }
}
