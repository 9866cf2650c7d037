package jflannel.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes programs, instruction by instruction:
/// [instruction set](https://www.kernel.org/doc/html/latest/bpf/standardization/instruction-set.html). Only those of
/// the first two versions of the set are known here, which every kernel in use has.
///
/// Jumps go to labels, which may come later. [#assemble] resolves them, and refuses what the kernel's verifier would
/// refuse with less to go by: a label that is missing or stands twice, a jump too far, an end that is none.
public final class Assembler {
    private static final int LOAD = 0x61; // BPF_LDX | BPF_MEM
    private static final int STORE_CONSTANT = 0x62; // BPF_ST | BPF_MEM
    private static final int STORE = 0x63; // BPF_STX | BPF_MEM
    private static final int LOAD_64 = 0x18; // BPF_LD | BPF_IMM | BPF_DW
    private static final int PSEUDO_MAP_FD = 1;
    private static final int ARITHMETIC = 0x07; // BPF_ALU64
    private static final int SET_32 = 0xb4; // BPF_ALU | BPF_MOV
    private static final int JUMP = 0x05; // BPF_JMP
    private static final int FROM_REGISTER = 0x08; // BPF_X
    private static final int CALL = 0x85;
    private static final int EXIT = 0x95;
    private static final int TO_BIG_ENDIAN = 0xdc; // BPF_ALU | BPF_END | BPF_TO_BE

    private final List<Instruction> instructions = new ArrayList<>();
    private final Map<String, Integer> labels = new HashMap<>();
    /// The labels that instructions jump to, by the instruction's number.
    private final Map<Integer, String> targets = new HashMap<>();

    /// The next instruction is called so.
    public Assembler label(String name) {
        if (labels.putIfAbsent(name, instructions.size()) != null) {
            throw new IllegalStateException("the label " + name + " stands twice");
        }
        return this;
    }

    /// `to` becomes what lies `offset` bytes from where `base` points.
    public Assembler load(Size size, Register to, Register base, int offset) {
        return add(LOAD | size.code, to, base, offset, 0, "%s = %s%s".formatted(to, size, at(base, offset)));
    }

    /// What lies `offset` bytes from where `base` points becomes `from`.
    public Assembler store(Size size, Register base, int offset, Register from) {
        return add(STORE | size.code, base, from, offset, 0, "%s%s = %s".formatted(size, at(base, offset), from));
    }

    /// The same with a constant, which is extended by its sign to 64 bits.
    public Assembler store(Size size, Register base, int offset, int value) {
        return add(
                STORE_CONSTANT | size.code,
                base,
                Register.R0,
                offset,
                value,
                "%s%s = %s".formatted(size, at(base, offset), hex(value)));
    }

    private static String at(Register base, int offset) {
        return "[%s%+d]".formatted(base, offset);
    }

    /// `to` is changed by a constant, which is extended by its sign to 64 bits.
    public Assembler compute(Register to, Operation operation, int value) {
        return add(
                ARITHMETIC | operation.code,
                to,
                Register.R0,
                0,
                value,
                "%s %s %s".formatted(to, operation, hex(value)));
    }

    /// `to` is changed by what `from` holds.
    public Assembler compute(Register to, Operation operation, Register from) {
        int code = ARITHMETIC | FROM_REGISTER | operation.code;
        return add(code, to, from, 0, 0, "%s %s %s".formatted(to, operation, from));
    }

    public Assembler set(Register to, int value) {
        return compute(to, Operation.SET, value);
    }

    /// The same, extended by zeros instead of the sign.
    public Assembler setUnsigned(Register to, int value) {
        return add(SET_32, to, Register.R0, 0, value, "%s = %s".formatted(to, hex(value)));
    }

    public Assembler set(Register to, Register from) {
        return compute(to, Operation.SET, from);
    }

    /// The lower 16 bits change between this machine's order and the network's; all higher ones become zero.
    public Assembler swap16(Register register) {
        return add(TO_BIG_ENDIAN, register, Register.R0, 0, 16, "%s = be16 %s".formatted(register, register));
    }

    /// `to` becomes a pointer to the map that this process has open as `fd`.
    public Assembler map(Register to, int fd) {
        instructions.add(new Instruction(LOAD_64, to.ordinal(), PSEUDO_MAP_FD, 0, fd, to + " = map " + fd));
        instructions.add(new Instruction(0, 0, 0, 0, 0, "(second half)"));
        return this;
    }

    public Assembler jump(String label) {
        return jumpTo(label, JUMP, Register.R0, Register.R0, 0, "jump");
    }

    public Assembler jumpIf(Register left, Comparison comparison, int right, String label) {
        String words = "if %s %s %s jump".formatted(left, comparison, hex(right));
        return jumpTo(label, JUMP | comparison.code, left, Register.R0, right, words);
    }

    public Assembler jumpIf(Register left, Comparison comparison, Register right, String label) {
        String words = "if %s %s %s jump".formatted(left, comparison, right);
        return jumpTo(label, JUMP | FROM_REGISTER | comparison.code, left, right, 0, words);
    }

    private Assembler jumpTo(String label, int code, Register left, Register right, int immediate, String words) {
        targets.put(instructions.size(), label);
        return add(code, left, right, 0, immediate, words + " " + label);
    }

    public Assembler call(Helper helper) {
        return add(CALL, Register.R0, Register.R0, 0, helper.number, "r0 = " + helper + "()");
    }

    /// Ends the program with this verdict.
    public Assembler exit(int verdict) {
        return set(Register.R0, verdict).exit();
    }

    /// Ends the program with the verdict in R0.
    public Assembler exit() {
        return add(EXIT, Register.R0, Register.R0, 0, 0, "exit");
    }

    private Assembler add(int code, Register destination, Register source, int offset, int immediate, String words) {
        if (offset != (short) offset) {
            throw new IllegalStateException(words + ": the offset does not fit into 16 bits");
        }
        instructions.add(new Instruction(code, destination.ordinal(), source.ordinal(), offset, immediate, words));
        return this;
    }

    private static String hex(int value) {
        return value > -10 && value < 10 ? Integer.toString(value) : "0x" + Integer.toHexString(value);
    }

    /// @throws IllegalStateException if it cannot be a program; the message says why
    public Code assemble() {
        requireAnEnd();
        ByteBuffer bytes =
                ByteBuffer.allocate(Instruction.BYTES * instructions.size()).order(ByteOrder.nativeOrder());
        for (int i = 0; i < instructions.size(); i++) {
            String target = targets.get(i);
            Instruction instruction = instructions.get(i);
            (target == null ? instruction : instruction.jumping(distance(i, target))).write(bytes);
        }
        return new Code(bytes.array(), listing());
    }

    private void requireAnEnd() {
        int last = instructions.isEmpty() ? 0 : instructions.getLast().code();
        if (last != EXIT && last != JUMP) {
            throw new IllegalStateException("a program ends with exit or a jump");
        }
    }

    private int distance(int from, String label) {
        Integer to = labels.get(label);
        if (to == null || to == instructions.size()) {
            throw new IllegalStateException("instruction " + from + " jumps to " + label + ", which is nowhere");
        }
        int distance = to - from - 1;
        if (distance != (short) distance) {
            throw new IllegalStateException("instruction " + from + " jumps too far, to " + label);
        }
        return distance;
    }

    private String listing() {
        Map<Integer, List<String>> at = new HashMap<>();
        labels.forEach((name, number) ->
                at.computeIfAbsent(number, _ -> new ArrayList<>()).add(name));
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < instructions.size(); i++) {
            at.getOrDefault(i, List.of()).stream()
                    .sorted()
                    .forEach(name -> text.append(name).append(":\n"));
            text.append("%4d  %s%n".formatted(i, instructions.get(i).words()));
        }
        return text.toString();
    }
}
