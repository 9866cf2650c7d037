package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.linux.Libc;
import jflannel.packet.IcmpError;
import jflannel.packet.IcmpMessage;
import jflannel.packet.IcmpRules;

/// Tells senders why their packets were dropped, within the rules ([IcmpRules]) and not too often. For one thread.
final class IcmpReporter {
    /// As the kernel limits its own: net.ipv4.icmp_msgs_per_sec and icmp_msgs_burst.
    static final int PER_SECOND = 1000;

    static final int BURST = 50;

    private final Ip sourceV4;
    private final Ip sourceV6;
    private final IcmpOutlet outlet;
    private final TokenBucket limit;
    private final Counters counters;
    private final MemorySegment message = Arena.ofAuto().allocate(IcmpMessage.MAX_BYTES, 8);
    private final MemorySegment callState = Libc.callState(Arena.ofAuto());

    /// @param sources the tunnel's own addresses; nothing is said about packets of a family that has none
    IcmpReporter(Map<Family, Ip> sources, IcmpOutlet outlet, TokenBucket limit, Counters counters) {
        this.sourceV4 = sources.get(Family.IPV4);
        this.sourceV6 = sources.get(Family.IPV6);
        this.outlet = outlet;
        this.limit = limit;
        this.counters = counters;
    }

    /// @param packet the dropped packet, `length` bytes from `at`, sound by [IpPacket#family]
    /// @param mtu in bytes, for [IcmpError#TOO_BIG]; else 0
    void report(IcmpError error, Family family, MemorySegment packet, long at, int length, int mtu) {
        Ip source = family == Family.IPV4 ? sourceV4 : sourceV6;
        if (source == null || !IcmpRules.mayReport(family, packet, at, length)) {
            return;
        }
        if (!limit.take()) {
            counters.add(Counter.ICMP_LIMITED);
            return;
        }
        int bytes = IcmpMessage.write(message, error, source, packet, at, length, mtu);
        long result = outlet.send(family, message, bytes, callState);
        counters.add(result < 0 ? Counter.ICMP_REFUSED : Counter.ICMP_SENT);
    }
}
