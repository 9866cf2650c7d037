package jflannel.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import jflannel.linux.Errno;
import jflannel.linux.Fd;
import jflannel.linux.KernelException;
import jflannel.linux.Libc;

/// A program for packets at a traffic control hook (`BPF_PROG_TYPE_SCHED_CLS`), which the kernel has verified and
/// translated. It lives as long as this process has it open, or it is attached.
public final class BpfProgram implements AutoCloseable {
    private static final int BPF_PROG_LOAD = 5;
    private static final int BPF_PROG_TEST_RUN = 10;
    private static final int BPF_OBJ_GET_INFO_BY_FD = 15;
    private static final int SCHED_CLS = 3;

    private static final int LOAD_BYTES = 64; // of union bpf_attr, up to prog_name
    private static final int NAME = 48;
    private static final int RUN_BYTES = 64;
    private static final int INFO_BYTES = 16;
    private static final int TAG = 8;
    private static final int LOG_BYTES = 1 << 20;
    private static final int MOST_LOG_WORDS = 300;

    /// What the kernel asks for is whether a program may call its functions for GPL programs only; these call none.
    private static final String LICENSE = "Apache-2.0";

    /// Room for what a program adds to a packet in a test run.
    private static final int ADDED = 256;

    private final Fd fd;
    private final int id;
    private final String tag;

    private BpfProgram(Fd fd, int id, String tag) {
        this.fd = fd;
        this.id = id;
        this.tag = tag;
    }

    /// Has the kernel verify and translate a program.
    ///
    /// @param name for the tools that list programs, at most 15 letters, digits and underscores
    /// @throws KernelException with EPERM without CAP_BPF and CAP_NET_ADMIN; with the verifier's last words if the
    ///     program is refused
    public static BpfProgram load(String name, Code code) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment attributes = request(arena, name, code);
            try {
                return opened(Libc.openedByBpf(BPF_PROG_LOAD, "load the BPF program " + name, attributes));
            } catch (KernelException e) {
                if (e.is(Errno.EPERM)) {
                    throw e;
                }
                throw explained(name, attributes, arena, e);
            }
        }
    }

    private static MemorySegment request(Arena arena, String name, Code code) {
        MemorySegment instructions = arena.allocate(code.bytes().length, 8);
        MemorySegment.copy(code.bytes(), 0, instructions, JAVA_BYTE, 0, code.bytes().length);
        MemorySegment attributes = arena.allocate(LOAD_BYTES, 8);
        attributes.set(JAVA_INT, 0, SCHED_CLS);
        attributes.set(JAVA_INT, 4, code.length());
        attributes.set(JAVA_LONG, 8, instructions.address());
        attributes.set(JAVA_LONG, 16, arena.allocateFrom(LICENSE).address());
        byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
        MemorySegment.copy(bytes, 0, attributes, JAVA_BYTE, NAME, bytes.length);
        return attributes;
    }

    /// Loads once more with a log, which costs more than it is worth where all is well.
    private static KernelException explained(
            String name, MemorySegment attributes, Arena arena, KernelException refusal) {
        MemorySegment log = arena.allocate(LOG_BYTES);
        attributes.set(JAVA_INT, 24, 1);
        attributes.set(JAVA_INT, 28, LOG_BYTES);
        attributes.set(JAVA_LONG, 32, log.address());
        try (Fd _ = Libc.openedByBpf(BPF_PROG_LOAD, "load the BPF program " + name, attributes)) {
            return refusal;
        } catch (KernelException e) {
            String words = log.getString(0).strip();
            String last = words.substring(Math.max(0, words.length() - MOST_LOG_WORDS));
            return new KernelException("load the BPF program " + name, e.errno(), last.replace('\n', ' '));
        }
    }

    private static BpfProgram opened(Fd fd) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(INFO_BYTES, 8);
            MemorySegment attributes = arena.allocate(16, 8);
            attributes.set(JAVA_INT, 0, fd.number());
            attributes.set(JAVA_INT, 4, INFO_BYTES);
            attributes.set(JAVA_LONG, 8, info.address());
            Libc.bpf(BPF_OBJ_GET_INFO_BY_FD, "ask about a BPF program", attributes);
            String tag = HexFormat.of().formatHex(info.asSlice(TAG, 8).toArray(JAVA_BYTE));
            return new BpfProgram(fd, info.get(JAVA_INT, 4), tag);
        } catch (KernelException e) {
            fd.close();
            throw e;
        }
    }

    /// For whoever attaches it.
    public int fd() {
        return fd.number();
    }

    /// The kernel's number for it, which no other program gets until the next boot.
    public int id() {
        return id;
    }

    /// A hash of its instructions, the maps' descriptors left out.
    public String tag() {
        return tag;
    }

    /// What a program did with a packet.
    ///
    /// @param packet as it is afterwards, with its Ethernet header
    public record Result(int verdict, byte[] packet) {}

    /// Lets the program act on a packet that nobody sent, as on an interface that packets of this sort arrive at.
    ///
    /// @param packet with an Ethernet header
    /// @param gsoSize payload of each packet that a super-packet stands for; else 0
    public Result run(byte[] packet, int gsoSize) throws KernelException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment in = arena.allocate(packet.length, 8);
            MemorySegment.copy(packet, 0, in, JAVA_BYTE, 0, packet.length);
            MemorySegment out = arena.allocate(packet.length + ADDED, 8);
            MemorySegment context = arena.allocate(Packet.BYTES, 8);
            context.set(JAVA_INT, Packet.GSO_SIZE, gsoSize);
            MemorySegment attributes = arena.allocate(RUN_BYTES, 8);
            attributes.set(JAVA_INT, 0, fd.number());
            attributes.set(JAVA_INT, 8, packet.length);
            attributes.set(JAVA_INT, 12, (int) out.byteSize());
            attributes.set(JAVA_LONG, 16, in.address());
            attributes.set(JAVA_LONG, 24, out.address());
            attributes.set(JAVA_INT, 32, 1); // a second run would find the packet as the first has left it
            attributes.set(JAVA_INT, 40, Packet.BYTES);
            attributes.set(JAVA_LONG, 48, context.address());
            Libc.bpf(BPF_PROG_TEST_RUN, "run a BPF program", attributes);
            byte[] result = out.asSlice(0, attributes.get(JAVA_INT, 12)).toArray(JAVA_BYTE);
            return new Result(attributes.get(JAVA_INT, 4), result);
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
