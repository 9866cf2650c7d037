package jflannel.linux;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ProgramTest {
    @Test
    void goesOnIfThereIsNoSuchProgram() {
        assertThatThrownBy(() -> Program.become("/nowhere/flanneld", List.of("--help"), Map.of("NAME", "value")))
                .isInstanceOf(KernelException.class)
                .hasMessageContaining("execve /nowhere/flanneld")
                .hasMessageContaining("No such file");
    }
}
