package jflannel.dataplane;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.Libc;
import jflannel.packet.Coalescer;
import jflannel.packet.Segmentation;
import jflannel.packet.Unfinished;
import jflannel.packet.VirtioHeader;

/// Writes a batch of packets to the device: each group of a [Coalescer] with one call. For one thread.
final class TunWriter {
    private static final System.Logger LOG = System.getLogger(TunWriter.class.getName());

    /// No link carries less: RFC 8200.
    private static final int ALWAYS_FITS = 1280;

    private final Fd tun;
    private final MemorySegment buffer;
    private final Counters counters;
    private final StopSignal stop;
    private final Refusals refusals = new Refusals(LOG, "write to the TUN device");

    private final MessageVector pieces = new MessageVector(Arena.ofAuto(), 1, 2, 0);
    private final MemorySegment joined = Arena.ofAuto().allocate(Coalescer.WRITTEN_BYTES, 64);
    private final MemorySegment plain = Arena.ofAuto().allocate(VirtioHeader.BYTES, 8); // zero: complete as it is
    private final Segmentation segmentation = new Segmentation();
    private final MemorySegment piece = Arena.ofAuto().allocate(Coalescer.WRITTEN_BYTES, 64);
    private final MemorySegment callState = Libc.callState(Arena.ofAuto());

    /// @param buffer where all packets lie
    TunWriter(Fd tun, MemorySegment buffer, Counters counters, StopSignal stop) {
        this.tun = tun;
        this.buffer = buffer;
        this.counters = counters;
        this.stop = stop;
    }

    void write(Coalescer batch) {
        for (int group = 0; group < batch.groups(); group++) {
            if (batch.count(group) == 1 || !writeSuperPacket(batch, group)) {
                writeSingly(batch, group);
            }
        }
    }

    /// @return false if the kernel does not take it for one
    private boolean writeSuperPacket(Coalescer batch, int group) {
        long result = Libc.write(tun.number(), joined, batch.write(group, joined), callState);
        if (Errno.EINVAL.is(result)) {
            return false;
        }
        if (result >= 0) {
            counters.add(Counter.TUN_WRITTEN_SUPER_PACKETS);
        }
        count(result, batch.count(group), batch.totalBytes(group));
        return true;
    }

    /// Writes a super-packet that came in one piece, or the packets that it stands for if the kernel takes no such
    /// super-packets.
    ///
    /// @param size payload of each packet, in bytes; 0 if that is not known
    void writeWhole(Family family, int at, int length, int size) {
        int bytes = Unfinished.write(family, buffer, at, length, size, ALWAYS_FITS, joined);
        if (bytes == 0 || !segmentation.begin(family, joined, 0, VirtioHeader.BYTES, length)) {
            counters.add(Counter.IN_MALFORMED);
            return;
        }
        long result = Libc.write(tun.number(), joined, bytes, callState);
        if (Errno.EINVAL.is(result)) {
            writePieces();
            return;
        }
        if (result >= 0) {
            counters.add(Counter.TUN_WRITTEN_SUPER_PACKETS);
        }
        count(result, segmentation.count(), segmentation.totalBytes());
    }

    private void writePieces() {
        for (int i = 0; i < segmentation.count(); i++) {
            segmentation.write(i, piece, 0);
            pieces.iovec(0, 0, plain.address(), VirtioHeader.BYTES);
            pieces.iovec(0, 1, piece.address(), segmentation.bytes(i));
            count(Libc.writev(tun.number(), pieces.iovecs(), 2, callState), 1, segmentation.bytes(i));
        }
    }

    private void writeSingly(Coalescer batch, int group) {
        pieces.iovec(0, 0, plain.address(), VirtioHeader.BYTES);
        for (int packet = batch.first(group); packet >= 0; packet = batch.next(packet)) {
            pieces.iovec(0, 1, buffer.address() + batch.at(packet), batch.length(packet));
            count(Libc.writev(tun.number(), pieces.iovecs(), 2, callState), 1, batch.length(packet));
        }
    }

    private void count(long result, int packets, long bytes) {
        if (result >= 0) {
            counters.add(Counter.TUN_WRITTEN_PACKETS, packets);
            counters.add(Counter.TUN_WRITTEN_BYTES, bytes);
        } else if (Errno.EIO.is(result) || Errno.ENETDOWN.is(result)) {
            counters.add(Counter.IN_DEVICE_DOWN, packets);
        } else {
            counters.add(Counter.IN_REFUSED, packets);
            if (Errno.EBADFD.is(result)) {
                stop.fail("its device is gone: " + Errno.words(Errno.EBADFD.number()), null);
            } else {
                refusals.report(result);
            }
        }
    }
}
