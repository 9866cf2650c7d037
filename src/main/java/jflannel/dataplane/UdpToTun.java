package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.Libc;

/// The way of a packet from a peer to the kernel, one at a time:
///
/// 1. receive a datagram and its sender's address                    [#run]
/// 2. see that it holds one whole IP packet                          [#forward]
/// 3. count the hop: time to live or hop limit, as the sender did
/// 4. write it to the device, and the kernel routes it on            [#write]
/// 5. or drop it, count why, and tell its sender where that is allowed
final class UdpToTun implements Runnable {
    private static final System.Logger LOG = System.getLogger(UdpToTun.class.getName());

    private static final int BUFFER_BYTES = 1 << 16; // no datagram is longer, so none is ever cut short
    private static final int TROUBLED_MILLIS = 100;

    private final Fd tun;
    private final Fd socket;
    private final IcmpReporter icmp;
    private final Counters counters;
    private final StopSignal stop;
    private final Readiness input;
    private final Refusals receiving = new Refusals(LOG, "receive from peers");
    private final Refusals writing = new Refusals(LOG, "write to the TUN device");

    private final MemorySegment packet;
    private final MemorySegment sender;
    private final MemorySegment header;
    private final MemorySegment callState;

    UdpToTun(Fd tun, UdpSocket socket, IcmpReporter icmp, Counters counters, StopSignal stop) {
        this.tun = tun;
        this.socket = socket.fd();
        this.icmp = icmp;
        this.counters = counters;
        this.stop = stop;
        this.input = Readiness.ofInput(this.socket, stop);
        Arena arena = Arena.ofAuto(); // lives as long as this loop: the header points at the other two
        this.packet = arena.allocate(BUFFER_BYTES, 64);
        this.sender = arena.allocate(SocketAddress.MAX_BYTES, 8);
        this.header = MessageHeader.allocate(arena, packet, BUFFER_BYTES);
        this.callState = Libc.callState(arena);
    }

    @Override
    public void run() {
        while (!stop.isRaised()) {
            MessageHeader.name(header, sender.address(), SocketAddress.MAX_BYTES); // the kernel shortens it
            long length = Libc.recvmsg(socket.number(), header, 0, callState);
            if (length >= 0) {
                input.succeeded();
                forward(packet, (int) length);
            } else if (Errno.EAGAIN.is(length)) {
                input.await(-1);
            } else if (!Errno.EINTR.is(length)) {
                troubled(length);
            }
        }
    }

    /// Nothing that happens to datagrams ends a socket: what is reported here is an ICMP error, or a lack of memory.
    private void troubled(long result) {
        counters.add(Counter.READ_ERRORS);
        if (!Errno.ECONNREFUSED.is(result)) {
            receiving.report(result);
            input.pause(TROUBLED_MILLIS);
        }
    }

    void forward(MemorySegment packet, int length) {
        counters.add(Counter.UDP_RECEIVED_PACKETS);
        counters.add(Counter.UDP_RECEIVED_BYTES, length);
        Family inner = IpPacket.family(packet, 0, length);
        if (inner == null) {
            counters.add(Counter.IN_MALFORMED);
            return;
        }
        if (!IpPacket.decrementHops(inner, packet, 0)) {
            counters.add(Counter.IN_EXPIRED);
            icmp.report(IcmpError.TIME_EXCEEDED, inner, packet, 0, length, 0);
            return;
        }
        write(packet, length);
    }

    private void write(MemorySegment packet, int length) {
        long result = Libc.write(tun.number(), packet, length, callState);
        if (result >= 0) {
            counters.add(Counter.TUN_WRITTEN_PACKETS);
            counters.add(Counter.TUN_WRITTEN_BYTES, length);
        } else if (Errno.EIO.is(result) || Errno.ENETDOWN.is(result)) {
            counters.add(Counter.IN_DEVICE_DOWN);
        } else {
            counters.add(Counter.IN_REFUSED);
            if (Errno.EBADFD.is(result)) {
                stop.fail("its device is gone: " + Errno.words(Errno.EBADFD.number()), null);
            } else {
                writing.report(result);
            }
        }
    }
}
