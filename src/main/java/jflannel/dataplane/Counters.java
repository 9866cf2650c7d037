package jflannel.dataplane;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The counts of one thread. That thread alone adds; any other may read at any time.
public final class Counters {
    private static final VarHandle CELL = MethodHandles.arrayElementVarHandle(long[].class);

    private final long[] cells = new long[Counter.values().length];

    void add(Counter counter) {
        add(counter, 1);
    }

    void add(Counter counter, long count) {
        int i = counter.ordinal();
        CELL.setOpaque(cells, i, cells[i] + count); // opaque: a whole value, seen soon, at the price of a plain write
    }

    public long get(Counter counter) {
        return (long) CELL.getOpaque(cells, counter.ordinal());
    }
}
