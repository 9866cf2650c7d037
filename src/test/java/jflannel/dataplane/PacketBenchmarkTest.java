package jflannel.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import jflannel.packet.VirtioHeader;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/// The benchmarks still run. What they measure is nobody's business here.
class PacketBenchmarkTest {
    @Test
    void eachRunsOnce() throws Exception {
        List<String> names = Arrays.stream(PacketBenchmark.class.getDeclaredMethods())
                .filter(method -> method.isAnnotationPresent(Benchmark.class))
                .map(method -> PacketBenchmark.class.getName() + "." + method.getName())
                .toList();
        var once = new OptionsBuilder()
                .include(PacketBenchmark.class.getName())
                .forks(0)
                .warmupIterations(0)
                .measurementIterations(1)
                .mode(Mode.SingleShotTime)
                .shouldFailOnError(true)
                .verbosity(VerboseMode.SILENT)
                .build();
        assertThat(new Runner(once).run())
                .extracting(result -> result.getParams().getBenchmark())
                .containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    void whatTheyWorkOnIsWhatTheyClaim() {
        PacketBenchmark benchmark = new PacketBenchmark();
        int packets = 44;
        int packetBytes = 1472;
        assertThat(benchmark.cut()).isEqualTo(packets * packetBytes);
        assertThat(benchmark.join()).isEqualTo(VirtioHeader.BYTES + 52 + packets * 1420L);
    }
}
