package jflannel.bpf;

import static jflannel.bpf.Comparison.ABOVE;
import static jflannel.bpf.Comparison.EQUAL;
import static jflannel.bpf.Register.FRAME;
import static jflannel.bpf.Register.R0;
import static jflannel.bpf.Register.R1;
import static jflannel.bpf.Register.R2;
import static jflannel.bpf.Register.R6;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class AssemblerTest {
    @BeforeAll
    static void theBytesBelowAreThoseOfLittleEndianMachines() {
        assumeTrue(ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN);
    }

    private static String hex(Assembler program) {
        return HexFormat.ofDelimiter(" ").formatHex(program.assemble().bytes());
    }

    /// As `llvm-mc -triple bpfel -show-encoding` has them.
    @Test
    void encodesEachSortOfInstruction() {
        assertThat(hex(new Assembler().set(R0, -1).exit()))
                .isEqualTo("b7 00 00 00 ff ff ff ff 95 00 00 00 00 00 00 00");
        assertThat(hex(new Assembler().set(R6, R1).exit())).startsWith("bf 16 00 00 00 00 00 00 ");
        assertThat(hex(new Assembler().load(Size.U32, R2, R1, 16).exit())).startsWith("61 12 10 00 00 00 00 00 ");
        assertThat(hex(new Assembler().load(Size.U16, R2, FRAME, -4).exit())).startsWith("69 a2 fc ff 00 00 00 00 ");
        assertThat(hex(new Assembler().load(Size.U64, R2, R6, 8).exit())).startsWith("79 62 08 00 00 00 00 00 ");
        assertThat(hex(new Assembler().store(Size.U8, FRAME, -1, R2).exit())).startsWith("73 2a ff ff 00 00 00 00 ");
        assertThat(hex(new Assembler().store(Size.U32, FRAME, -8, 0x45).exit())).startsWith("62 0a f8 ff 45 00 00 00 ");
        assertThat(hex(new Assembler().compute(R2, Operation.ADD, 28).exit())).startsWith("07 02 00 00 1c 00 00 00 ");
        assertThat(hex(new Assembler().compute(R2, Operation.SHIFT_RIGHT, 16).exit()))
                .startsWith("77 02 00 00 10 00 00 00 ");
        assertThat(hex(new Assembler().compute(R2, Operation.XOR, R1).exit())).startsWith("af 12 00 00 00 00 00 00 ");
        assertThat(hex(new Assembler().setUnsigned(R2, -1).exit())).startsWith("b4 02 00 00 ff ff ff ff ");
        assertThat(hex(new Assembler().swap16(R2).exit())).startsWith("dc 02 00 00 10 00 00 00 ");
        assertThat(hex(new Assembler().map(R1, 5).exit()))
                .startsWith("18 11 00 00 05 00 00 00 00 00 00 00 00 00 00 00 ");
        assertThat(hex(new Assembler().call(Helper.REDIRECT_NEIGH).exit())).startsWith("85 00 00 00 98 00 00 00 ");
    }

    @Test
    void jumpsForwardsAndBackwardsToLabels() {
        Assembler program = new Assembler()
                .label("again")
                .jumpIf(R1, EQUAL, 5, "out")
                .jumpIf(R1, ABOVE, R2, "again")
                .jump("out")
                .label("out")
                .exit();
        assertThat(hex(program))
                .isEqualTo("15 01 02 00 05 00 00 00 2d 21 fe ff 00 00 00 00 05 00 00 00 00 00 00 00"
                        + " 95 00 00 00 00 00 00 00");
        assertThat(program.assemble().listing()).isEqualTo("""
                        again:
                           0  if r1 == 5 jump out
                           1  if r1 > r2 jump again
                           2  jump out
                        out:
                           3  exit
                        """);
    }

    @Test
    void refusesALabelThatIsMissing() {
        assertThatIllegalStateException()
                .isThrownBy(() -> new Assembler().jump("nowhere").assemble())
                .withMessageContaining("nowhere");
    }

    @Test
    void refusesALabelBehindTheLastInstruction() {
        assertThatIllegalStateException()
                .isThrownBy(() -> new Assembler().jump("end").label("end").assemble())
                .withMessageContaining("end");
    }

    @Test
    void refusesALabelThatStandsTwice() {
        Assembler program = new Assembler().label("here").exit();
        assertThatIllegalStateException().isThrownBy(() -> program.label("here"));
    }

    @Test
    void refusesAJumpTooFar() {
        Assembler program = new Assembler().jump("far");
        for (int i = 0; i <= Short.MAX_VALUE; i++) {
            program.set(R0, 0);
        }
        assertThatIllegalStateException()
                .isThrownBy(() -> program.label("far").exit().assemble())
                .withMessageContaining("too far");
    }

    @Test
    void refusesAProgramThatRunsOverItsEnd() {
        assertThatIllegalStateException()
                .isThrownBy(() -> new Assembler().set(R0, 0).assemble());
    }
}
