package jflannel.dataplane;

import java.lang.foreign.MemorySegment;
import jflannel.ip.Family;

/// Takes whole IP packets that this node itself originates.
interface IcmpOutlet {
    /// @param message an IP packet of `length` bytes, addressed by its own header
    /// @return the byte count or a negated error number
    long send(Family family, MemorySegment message, int length, MemorySegment callState);
}
