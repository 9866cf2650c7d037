package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class BackendFlagTest {
    private static final Set<Scenario> POSSIBLE = EnumSet.of(Scenario.VXLAN, Scenario.HOST_GW, Scenario.UDP);

    @Command
    private static final class Example {
        @Mixin
        private BackendFlag backend;
    }

    private static List<Scenario> among(String... line) {
        Example example = new Example();
        new CommandLine(example).parseArgs(line);
        return example.backend.among(POSSIBLE);
    }

    @Test
    void isOneOfThoseThatThereAreOrAll() {
        assertThat(among()).containsExactly(Scenario.VXLAN);
        assertThat(among("--backend", "host-gw")).containsExactly(Scenario.HOST_GW);
        assertThat(among("--backend=all")).containsExactlyInAnyOrderElementsOf(POSSIBLE);
    }

    @Test
    void namesThemIfItIsAnother() {
        for (String other : new String[] {"carrier-pigeon", "alloc", ""}) {
            assertThatThrownBy(() -> among("--backend=" + other))
                    .hasMessageStartingWith("--backend: " + (other.isEmpty() ? "an empty value" : "\"" + other + "\""))
                    .hasMessageContaining("Give one of udp, vxlan, host-gw, or all");
        }
    }
}
