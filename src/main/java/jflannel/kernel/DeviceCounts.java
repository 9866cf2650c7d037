package jflannel.kernel;

import static jflannel.netlink.Rtnetlink.NETLINK_ROUTE;
import static jflannel.netlink.Rtnetlink.RTM_GETLINK;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import jflannel.linux.KernelException;
import jflannel.netlink.MessageReader;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Request;

/// What the kernel has counted for a device since it was made: `struct rtnl_link_stats64`, linux/if_link.h.
///
/// @param dropped packets of either direction that were lost at the device
/// @param errors the same for damaged ones
public record DeviceCounts(
        String device,
        boolean up,
        long receivedPackets,
        long receivedBytes,
        long sentPackets,
        long sentBytes,
        long dropped,
        long errors) {
    private static final int IFLA_STATS64 = 23;
    private static final int LEAST = 8 * Long.BYTES;

    /// The counts of those of these devices that exist. Any thread may ask; nothing is started for it.
    public static List<DeviceCounts> of(Set<String> devices) throws KernelException {
        try (NetlinkSocket socket = new NetlinkSocket(NETLINK_ROUTE)) {
            return socket
                    .dump(
                            new Request(RTM_GETLINK, 0, Link.ifinfomsg(0, 0, 0).bytes(), "read", "counts of devices"),
                            in -> decode(in, devices))
                    .stream()
                    .toList();
        }
    }

    /// @return null if it is another device, or has no counts
    static DeviceCounts decode(MessageReader in, Set<String> devices) throws KernelException {
        boolean up = (in.skip(8).u32() & Link.IFF_UP) != 0;
        in.skip(4);
        String name = "";
        byte[] stats = new byte[0];
        while (in.nextAttribute()) {
            switch (in.attributeType()) {
                case Link.IFLA_IFNAME -> name = in.text();
                case IFLA_STATS64 -> stats = in.bytesAttribute();
                default -> {} // what Link reads
            }
        }
        return devices.contains(name) && stats.length >= LEAST ? of(name, up, stats) : null;
    }

    private static DeviceCounts of(String name, boolean up, byte[] stats) {
        ByteBuffer counts = ByteBuffer.wrap(stats).order(ByteOrder.nativeOrder());
        long receivedPackets = counts.getLong();
        long sentPackets = counts.getLong();
        long receivedBytes = counts.getLong();
        long sentBytes = counts.getLong();
        long errors = counts.getLong() + counts.getLong();
        long dropped = counts.getLong() + counts.getLong();
        return new DeviceCounts(name, up, receivedPackets, receivedBytes, sentPackets, sentBytes, dropped, errors);
    }
}
