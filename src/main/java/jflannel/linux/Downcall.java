package jflannel.linux;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// How [Libc] binds a C function, and tells the failure of one from a failure of the linker.
@SuppressWarnings("restricted") // the only class that is: everyone else calls C through Libc
final class Downcall {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option KEEP_ERRNO = Linker.Option.captureCallState("errno");

    /// Where a call leaves its error number.
    static final StructLayout STATE = Linker.Option.captureStateLayout();

    private static final VarHandle ERRNO = STATE.varHandle(PathElement.groupElement("errno"));

    private Downcall() {}

    static MethodHandle function(String name, MemoryLayout result, MemoryLayout... arguments) {
        return handle(name, List.of(KEEP_ERRNO), result, arguments);
    }

    /// @param fixed how many arguments stand before the `...` of the prototype
    static MethodHandle variadic(String name, int fixed, MemoryLayout result, MemoryLayout... arguments) {
        List<Linker.Option> options = new ArrayList<>(List.of(KEEP_ERRNO));
        if (arguments.length > fixed) {
            options.add(Linker.Option.firstVariadicArg(fixed));
        }
        return handle(name, options, result, arguments);
    }

    private static MethodHandle handle(
            String name, List<Linker.Option> options, MemoryLayout result, MemoryLayout... arguments) {
        MemorySegment symbol = LINKER.defaultLookup()
                .find(name)
                .orElseThrow(() -> new UnsatisfiedLinkError("the C library has no " + name));
        FunctionDescriptor shape =
                FunctionDescriptor.of(result, Arrays.copyOf(arguments, arguments.length, MemoryLayout[].class));
        return LINKER.downcallHandle(symbol, shape, options.toArray(Linker.Option[]::new));
    }

    static int errno(MemorySegment state) {
        return (int) ERRNO.get(state, 0L);
    }

    static long check(String operation, long result, MemorySegment state) throws KernelException {
        if (result < 0) {
            throw new KernelException(operation, errno(state), null);
        }
        return result;
    }

    static KernelException rethrow(Throwable e) {
        if (e instanceof KernelException refused) {
            return refused;
        }
        throw linkerFailed(e);
    }

    static AssertionError linkerFailed(Throwable e) {
        return new AssertionError("the FFM linker failed, not the call", e);
    }
}
