package jflannel.bpf;

import static jflannel.bpf.Register.FRAME;
import static jflannel.bpf.Register.R0;
import static jflannel.bpf.Register.R1;
import static jflannel.bpf.Register.R2;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jflannel.linux.KernelException;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetns.class)
class BpfIT {
    private static final byte[] FRAME_BYTES = new byte[60];

    private static byte[] number(int value) {
        return ByteBuffer.allocate(4)
                .order(ByteOrder.nativeOrder())
                .putInt(value)
                .array();
    }

    private static byte[] prefix(int length, int... address) {
        ByteBuffer key = ByteBuffer.allocate(4 + address.length)
                .order(ByteOrder.nativeOrder())
                .putInt(length);
        for (int each : address) {
            key.put((byte) each);
        }
        return key.array();
    }

    @Test
    void aMapFindsTheLongestPrefix() throws Exception {
        try (BpfMap map = BpfMap.create(BpfMap.Kind.LONGEST_PREFIX, new BpfMap.Shape("prefixes", 8, 4, 100))) {
            map.put(prefix(16, 10, 5, 0, 0), number(16));
            map.put(prefix(24, 10, 5, 2, 0), number(24));
            assertThat(map.get(prefix(32, 10, 5, 2, 7))).contains(number(24));
            assertThat(map.get(prefix(32, 10, 5, 3, 7))).contains(number(16));
            assertThat(map.get(prefix(32, 10, 6, 3, 7))).isEmpty();
            map.remove(prefix(24, 10, 5, 2, 0));
            map.remove(prefix(24, 10, 5, 2, 0));
            assertThat(map.entries()).containsOnlyKeys(ByteBuffer.wrap(prefix(16, 10, 5, 0, 0)));
        }
    }

    @Test
    void aMapWithACopyForEachProcessorIsSummedUp() throws Exception {
        try (BpfMap map = BpfMap.create(BpfMap.Kind.PER_CPU_ARRAY, new BpfMap.Shape("counts", 4, 16, 2));
                BpfProgram program = BpfProgram.load("count", countingIn(map))) {
            program.run(FRAME_BYTES, 0);
            program.run(FRAME_BYTES, 0);
            assertThat(map.sums(1)).containsExactly(0, 2);
            assertThat(map.sums(0)).containsExactly(0, 0);
        }
    }

    private static Code countingIn(BpfMap map) {
        return new Assembler()
                .store(Size.U32, FRAME, -4, 1)
                .map(R1, map.fd())
                .set(R2, FRAME)
                .compute(R2, Operation.ADD, -4)
                .call(Helper.MAP_LOOKUP_ELEM)
                .jumpIf(R0, Comparison.EQUAL, 0, "out")
                .load(Size.U64, R1, R0, 8)
                .compute(R1, Operation.ADD, 1)
                .store(Size.U64, R0, 8, R1)
                .label("out")
                .exit(0)
                .assemble();
    }

    @Test
    void aProgramSeesThePacketItRunsOn() throws Exception {
        Code code = new Assembler()
                .load(Size.U32, R0, R1, Packet.LENGTH)
                .load(Size.U32, R1, R1, Packet.GSO_SIZE)
                .compute(R0, Operation.ADD, R1)
                .exit()
                .assemble();
        try (BpfProgram program = BpfProgram.load("length", code)) {
            assertThat(program.run(FRAME_BYTES, 1000))
                    .satisfies(result -> assertThat(result.verdict()).isEqualTo(1060));
            assertThat(program.id()).isPositive();
            assertThat(program.tag()).matches("[0-9a-f]{16}");
        }
    }

    @Test
    void aTagFollowsFromTheInstructionsAndAnIdIsNewEachTime() throws Exception {
        Code code = new Assembler().exit(0).assemble();
        try (BpfProgram first = BpfProgram.load("first", code);
                BpfProgram second = BpfProgram.load("second", code);
                BpfProgram other =
                        BpfProgram.load("other", new Assembler().exit(1).assemble())) {
            assertThat(second.tag()).isEqualTo(first.tag());
            assertThat(second.id()).isNotEqualTo(first.id());
            assertThat(other.tag()).isNotEqualTo(first.tag());
        }
    }

    @Test
    void aRefusedProgramComesWithTheVerifiersWords() {
        Code code = new Assembler().load(Size.U32, R0, R2, 0).exit().assemble();
        assertThatExceptionOfType(KernelException.class)
                .isThrownBy(() -> BpfProgram.load("wrong", code))
                .withMessageContaining("load the BPF program wrong")
                .withMessageContaining("R2 !read_ok");
    }
}
