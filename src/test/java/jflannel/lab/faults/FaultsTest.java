package jflannel.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.lease.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultsTest {
    @ParameterizedTest(name = "of the answers {0}")
    @CsvSource({"1 2 3 4, 4, 0, 0", "1 2 4, 4, 1, 1", "2 3 6 7 8 12, 12, 6, 3", "4 2 2 1, 4, 1, 1", "'', 0, 0, 0"})
    void countsWhatWasLostBeforeTheLastAnswer(String answered, int sent, int lost, int longest) {
        List<Integer> numbers = answered.isEmpty()
                ? List.of()
                : List.of(answered.split(" ")).stream().map(Integer::valueOf).toList();
        assertThat(Traffic.Count.of(numbers)).isEqualTo(new Traffic.Count(sent, lost, longest));
    }

    @Test
    void everyFaultHasANameOfItsOwnAndAPlace() {
        List<Fault> all = Catalogue.all();
        assertThat(all).extracting(Fault::name).doesNotHaveDuplicates().hasSizeGreaterThan(50);
        assertThat(Fault.ALL)
                .allSatisfy(scenario -> assertThat(Catalogue.of(LabSetup.of(scenario), List.of()))
                        .allMatch(fault -> fault.clusters().test(LabSetup.of(scenario)))
                        .hasSizeGreaterThan(10));
    }

    @Test
    void faultsThatNeedOneKindOfClusterFollowEachOther() {
        List<Stage> stages = Catalogue.of(LabSetup.of(Scenario.VXLAN), List.of()).stream()
                .map(Fault::stage)
                .toList();
        long changes = IntStream.range(1, stages.size())
                .filter(i -> !stages.get(i).equals(stages.get(i - 1)))
                .count();
        assertThat(changes).isEqualTo(stages.stream().distinct().count() - 1);
    }

    @Test
    void aFaultThatDoesNotExistIsAnError() {
        assertThatThrownBy(() -> Catalogue.of(LabSetup.of(Scenario.VXLAN), List.of("flood")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--only: \"flood\"")
                .hasMessageContaining("etcd-killed");
    }

    @Test
    void thePageGivesFiguresOfEveryFaultOfVxlan() throws Exception {
        String page = Files.readString(Path.of("docs/resilience.md"));
        assertThat(Catalogue.of(LabSetup.of(Scenario.VXLAN), List.of()))
                .allSatisfy(fault -> assertThat(page).contains("| `" + fault.name() + "` |"));
    }
}
