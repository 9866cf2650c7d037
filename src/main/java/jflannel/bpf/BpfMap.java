package jflannel.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// A table that programs and this process share: bpf(2). It lives as long as this process has it open, or a program
/// that uses it is attached.
public final class BpfMap implements AutoCloseable {
    private static final int BPF_MAP_CREATE = 0;
    private static final int BPF_MAP_LOOKUP_ELEM = 1;
    private static final int BPF_MAP_UPDATE_ELEM = 2;
    private static final int BPF_MAP_DELETE_ELEM = 3;
    private static final int BPF_MAP_GET_NEXT_KEY = 4;

    private static final int CREATE_BYTES = 44; // of union bpf_attr, up to map_name
    private static final int NAME = 28;
    private static final int ELEMENT_BYTES = 32;

    private static final Path POSSIBLE_CPUS = Path.of("/sys/devices/system/cpu/possible");

    private final Fd fd;
    private final Kind kind;
    private final Shape shape;
    /// A copy of each value for each of them.
    private final int cpus;

    /// How a map finds its entries.
    public enum Kind {
        /// Numbered from 0, all of them always there, with a copy of its own of each value for each processor.
        PER_CPU_ARRAY(6, 0),
        /// By the longest prefix around an address. A key is the prefix's length in bits and the address.
        LONGEST_PREFIX(11, 1); // BPF_F_NO_PREALLOC, which it insists on

        private final int type;
        private final int flags;

        Kind(int type, int flags) {
            this.type = type;
            this.flags = flags;
        }
    }

    /// How large it is.
    ///
    /// @param name for the tools that list maps, at most 15 letters, digits and underscores
    /// @param keyBytes of each key
    /// @param valueBytes of each value
    public record Shape(String name, int keyBytes, int valueBytes, int mostEntries) {}

    private BpfMap(Fd fd, Kind kind, Shape shape, int cpus) {
        this.fd = fd;
        this.kind = kind;
        this.shape = shape;
        this.cpus = cpus;
    }

    /// @throws KernelException with EPERM without CAP_BPF
    public static BpfMap create(Kind kind, Shape shape) throws KernelException {
        int cpus = kind == Kind.PER_CPU_ARRAY ? possibleCpus() : 0;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = arena.allocate(CREATE_BYTES, 8);
            attributes.set(JAVA_INT, 0, kind.type);
            attributes.set(JAVA_INT, 4, shape.keyBytes);
            attributes.set(JAVA_INT, 8, shape.valueBytes);
            attributes.set(JAVA_INT, 12, shape.mostEntries);
            attributes.set(JAVA_INT, 16, kind.flags);
            byte[] name = shape.name.getBytes(StandardCharsets.US_ASCII);
            MemorySegment.copy(name, 0, attributes, JAVA_BYTE, NAME, name.length);
            return new BpfMap(
                    Libc.openedByBpf(BPF_MAP_CREATE, "create the BPF map " + shape.name, attributes),
                    kind,
                    shape,
                    cpus);
        }
    }

    /// For the programs that use it.
    public int fd() {
        return fd.number();
    }

    /// Adds an entry, or changes it. Programs see the old value or the new one.
    public void put(byte[] key, byte[] value) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = element(arena, key, inNativeMemory(arena, value));
            Libc.bpf(BPF_MAP_UPDATE_ELEM, "add to the BPF map " + shape.name, attributes);
        }
    }

    /// Removes an entry, if it is there.
    public void remove(byte[] key) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            Libc.bpf(
                    BPF_MAP_DELETE_ELEM,
                    "remove from the BPF map " + shape.name,
                    element(arena, key, MemorySegment.NULL));
        } catch (KernelException e) {
            if (!e.is(Errno.ENOENT)) {
                throw e;
            }
        }
    }

    /// What is stored under a key; in a map with a copy for each processor, all copies one behind the other.
    public Optional<byte[]> get(byte[] key) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(readBytes(), 8);
            Libc.bpf(BPF_MAP_LOOKUP_ELEM, "read the BPF map " + shape.name, element(arena, key, value));
            return Optional.of(value.toArray(JAVA_BYTE));
        } catch (KernelException e) {
            if (e.is(Errno.ENOENT)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// All entries, by key. What changes meanwhile may be missing.
    public Map<ByteBuffer, byte[]> entries() throws KernelException {
        Map<ByteBuffer, byte[]> entries = new HashMap<>();
        for (byte[] key : keys()) {
            get(key).ifPresent(value -> entries.put(ByteBuffer.wrap(key), value));
        }
        return entries;
    }

    private List<byte[]> keys() throws KernelException {
        List<byte[]> keys = new ArrayList<>();
        byte[] last = null;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment next = arena.allocate(shape.keyBytes, 8);
            while (keys.size() <= shape.mostEntries) {
                Libc.bpf(BPF_MAP_GET_NEXT_KEY, "list the BPF map " + shape.name, element(arena, last, next));
                last = next.toArray(JAVA_BYTE);
                keys.add(last);
            }
        } catch (KernelException e) {
            if (!e.is(Errno.ENOENT)) { // the end
                throw e;
            }
        }
        return keys;
    }

    private MemorySegment element(Arena arena, byte[] key, MemorySegment value) {
        MemorySegment attributes = arena.allocate(ELEMENT_BYTES, 8);
        attributes.set(JAVA_INT, 0, fd.number());
        attributes.set(
                JAVA_LONG, 8, key == null ? 0 : inNativeMemory(arena, key).address());
        attributes.set(JAVA_LONG, 16, value.address());
        return attributes;
    }

    private static MemorySegment inNativeMemory(Arena arena, byte[] bytes) {
        MemorySegment copy = arena.allocate(bytes.length, 8);
        MemorySegment.copy(bytes, 0, copy, JAVA_BYTE, 0, bytes.length);
        return copy;
    }

    private long readBytes() {
        return kind == Kind.PER_CPU_ARRAY ? (shape.valueBytes + 7L & ~7L) * cpus : shape.valueBytes;
    }

    /// The sums of the 64-bit numbers in a value of a map with a copy for each processor.
    public long[] sums(int index) throws KernelException {
        ByteBuffer key = ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.nativeOrder())
                .putInt(index);
        ByteBuffer copies = ByteBuffer.wrap(get(key.array()).orElseThrow()).order(ByteOrder.nativeOrder());
        long[] sums = new long[shape.valueBytes / Long.BYTES];
        for (int i = 0; copies.hasRemaining(); i = (i + 1) % sums.length) {
            sums[i] += copies.getLong();
        }
        return sums;
    }

    /// How many processors the kernel reckons with, whether or not they are there: `0-7` or `0,2-3`.
    private static int possibleCpus() throws KernelException {
        try {
            String ranges = Files.readString(POSSIBLE_CPUS).strip();
            return 1
                    + Integer.parseInt(
                            ranges.substring(1 + Math.max(ranges.lastIndexOf('-'), ranges.lastIndexOf(','))));
        } catch (IOException | NumberFormatException e) {
            throw new KernelException("read " + POSSIBLE_CPUS, Errno.EIO.number(), e.toString());
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
