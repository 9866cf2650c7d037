package jflannel.linux;

import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;

/// The terminal that standard output is, if it is one: `struct winsize`, ioctl_tty(2).
public final class Terminal {
    private static final Fd OUTPUT = new Fd(1);
    private static final long TIOCGWINSZ = 0x5413;
    private static final int WINSIZE = 8;
    private static final int COLUMNS = 2;

    private Terminal() {}

    /// How many characters fit into a line, or 0 if it does not say; empty if it is no terminal.
    public static OptionalInt width() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment size = arena.allocate(WINSIZE);
            Libc.ioctl(OUTPUT, "ask for the size of the terminal", TIOCGWINSZ, size);
            return OptionalInt.of(Short.toUnsignedInt(size.get(JAVA_SHORT, COLUMNS)));
        } catch (KernelException e) {
            return OptionalInt.empty();
        }
    }
}
