package jflannel.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/// How [Libc] calls C.
///
/// Every function called takes at most five integers or pointers, which all ABIs of 64-bit Linux pass alike: each in
/// the register of its position, whatever its type; registers that the function does not read do no harm. So one
/// method handle serves all of them. For a handle per prototype, Java would generate some twenty classes each at
/// every start.
@SuppressWarnings("restricted") // the only class that is: everyone else calls C through Libc
final class Downcall {
    private static final Linker LINKER = Linker.nativeLinker();

    /// Where a call leaves its error number.
    static final StructLayout STATE = Linker.Option.captureStateLayout();

    private static final long ERRNO = STATE.byteOffset(PathElement.groupElement("errno"));

    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
            Linker.Option.captureCallState("errno"));

    private Downcall() {}

    static MemorySegment function(String name) {
        return LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no " + name));
    }

    /// Calls a function that returns a long or a size, and -1 on failure.
    ///
    /// @return what it returned, or the error number negated
    static long call(MemorySegment function, MemorySegment state, long a, long b, long c, long d, long e) {
        long result = invoke(function, state, a, b, c, d, e);
        return result < 0 ? -state.get(JAVA_INT, ERRNO) : result;
    }

    /// The same, with a buffer in second place, which stays reachable during the call.
    static long call(MemorySegment function, MemorySegment state, long a, MemorySegment b, long c, long d) {
        long result = call(function, state, a, address(b), c, d, 0);
        Reference.reachabilityFence(b);
        return result;
    }

    /// Calls a function that returns an int, and -1 on failure. The upper half of the register is then undefined.
    ///
    /// @return what it returned, or the error number negated
    static int callInt(MemorySegment function, MemorySegment state, long a, long b, long c, long d, long e) {
        int result = (int) invoke(function, state, a, b, c, d, e);
        return result < 0 ? -state.get(JAVA_INT, ERRNO) : result;
    }

    private static long invoke(MemorySegment function, MemorySegment state, long a, long b, long c, long d, long e) {
        try {
            return (long) CALL.invokeExact(function, state, a, b, c, d, e);
        } catch (Throwable t) {
            throw new AssertionError("the FFM linker failed, not the call", t);
        }
    }

    /// What C has allocated, until the arena ends.
    ///
    /// @param free the function that takes it back
    static MemorySegment owned(long address, long bytes, Arena arena, MemorySegment free) {
        if (address == 0) {
            throw new OutOfMemoryError("the C library has no " + bytes + " bytes");
        }
        MemorySegment state = Arena.ofAuto().allocate(STATE);
        return MemorySegment.ofAddress(address)
                .reinterpret(bytes, arena, memory -> invoke(free, state, memory.address(), 0, 0, 0, 0));
    }

    /// A pointer to the segment, which the caller must keep reachable.
    static long address(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("C cannot reach into the heap: " + segment);
        }
        return segment.address();
    }
}
