package jflannel.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import jflannel.lab.LabNode;
import jflannel.lab.Scenario;
import jflannel.linux.Command;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@ExtendWith(OwnNetns.class)
class BenchIT {
    private static final List<String> TCP = List.of();

    @TempDir
    Path folder;

    @Test
    void measuresABackendWithEveryProbeAndWritesBothReports() throws Exception {
        Path json = folder.resolve("bench.json");
        Path html = folder.resolve("bench.html");
        int exit = new CommandLine(new BenchCommand())
                .execute(
                        "--backends=vxlan",
                        "--offloads=off",
                        "--runs=1",
                        "--seconds=1",
                        "--json=" + json,
                        "--html=" + html);
        JsonNode root = new ObjectMapper().readTree(json.toFile());
        assertThat(root.get("failures")).isEmpty();
        assertThat(exit).isZero();
        List<String> measured = root.get("results").findValuesAsText("metric");
        assertThat(measured)
                .containsExactlyElementsOf(Arrays.stream(BenchMetric.values())
                        .map(BenchMetric::key)
                        .toList());
        assertThat(root.get("results").get(0).get("median").asDouble()).isPositive();
        assertThat(html).content().contains("\"metric\" : \"tcp-1\"");
    }

    @Test
    void whatThisMachineCannotRunIsNamedAndTheRestIsMeasured() throws Exception {
        assumeThat(Command.attempt("", "unshare", "--net", "ip", "link", "add", "type", "ipip", "local", "192.0.2.1")
                        .exitCode())
                .as("this kernel has ipip")
                .isNotZero();
        BenchPlan plan = new BenchPlan(Contender.list("ipip,direct"), List.of(true), 1, 1);
        ByteArrayOutputStream told = new ByteArrayOutputStream();
        ProgressBar progress = new ProgressBar(new PrintStream(told), false, System::nanoTime);
        try (Benchmark benchmark = new Benchmark(plan, TCP, progress)) {
            assertThat(benchmark.open().contenders()).containsExactly(Contender.DIRECT);
        }
        assertThat(told.toString()).contains("ipip is left out: --backend: \"ipip\"", "modprobe ipip");
    }

    @Test
    void refusesAFileInAFolderThatDoesNotExistBeforeMeasuringAnything() {
        CommandLine command = new CommandLine(new BenchCommand());
        StringWriter errors = new StringWriter();
        command.setErr(new PrintWriter(errors));
        command.setExecutionExceptionHandler((e, line, parsed) -> {
            line.getErr().print(e.getMessage());
            return 2;
        });
        assertThat(command.execute("--json=" + folder.resolve("none/bench.json")))
                .isEqualTo(2);
        assertThat(errors.toString()).startsWith("--json: ");
    }

    @Test
    void noPacketBetweenNodesIsLargerThanTheMtuWithoutOffloads() throws Exception {
        try (TestBed bed = TestBed.open(Contender.DIRECT)) {
            bed.offloads(false);
            assertThat(bytesPerPacket(bed)).isBetween(1000.0, 1514.0);
            bed.offloads(true);
            assertThat(bytesPerPacket(bed)).isGreaterThan(3000);
        }
    }

    @Test
    void datagramsOfTheUdpBackendCrossTheLinkOneByOneWithoutOffloads() throws Exception {
        try (TestBed bed = TestBed.open(Contender.of(Scenario.UDP))) {
            bed.offloads(false);
            assertThat(bytesPerPacket(bed)).isBetween(1000.0, 1514.0);
        }
    }

    @Test
    void aProgramGetsTheFirstPacketOfEachConnection() throws Exception {
        try (TestBed bed = TestBed.open(Contender.list("queue").getFirst())) {
            ConnectionRate rate = bed.connections(1);
            assertThat(rate.perSecond()).isPositive();
            assertThat(rate.cpuMicros()).isPositive();
            for (LabNode node : bed.lab().nodes()) {
                long queued = Long.parseLong(node.sh(
                        "iptables -t mangle -vnxL POSTROUTING | awk '/NFQUEUE/ { sum += $1 } END { print sum }'"));
                assertThat(queued).as("of node " + node.number()).isBetween((long) rate.perSecond() / 2, (long)
                        (rate.perSecond() * 3));
            }
        }
    }

    @Test
    void aTestThatBrokeOffDoesNotSpoilTheNext() throws Exception {
        try (TestBed bed = TestBed.open(Contender.DIRECT)) {
            assertThat(bed.iperf(1, TCP).gigabits()).isPositive();
            assertThatThrownBy(() -> bed.iperf(1, List.of("--parallel=1000")))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("number of parallel streams too large");
            assertThat(bed.iperf(1, TCP).gigabits()).isPositive();
        }
    }

    /// As node 1's device counts what a TCP stream makes it send.
    private static double bytesPerPacket(TestBed bed) throws Exception {
        long[] before = sent(bed);
        bed.iperf(1, TCP);
        long[] after = sent(bed);
        return (double) (after[0] - before[0]) / (after[1] - before[1]);
    }

    private static long[] sent(TestBed bed) throws Exception {
        JsonNode link = new ObjectMapper()
                .readTree(bed.lab().node(1).host().run("ip", "-json", "-stats", "link", "show", "eth0"));
        JsonNode tx = link.at("/0/stats64/tx");
        return new long[] {tx.get("bytes").asLong(), tx.get("packets").asLong()};
    }
}
