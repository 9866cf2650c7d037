package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import jflannel.lease.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeptLabTest {
    @Test
    void readsBackWhatItWrote() {
        Map<String, ProcessId> holders = new LinkedHashMap<>();
        holders.put("node-1", new ProcessId(10, 1000));
        holders.put("store", new ProcessId(11, 1001));
        KeptLab kept = new KeptLab(Path.of("/tmp/a folder/lab-1"), holders, List.of(new ProcessId(12, 1002)));
        assertThat(KeptLab.parse("kept", kept.text())).isEqualTo(kept);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "folder /x\nhost node-1 10", "folder /x\nprocess ten 3", "folder /x\nrm -rf"})
    void refusesARecordThatIsDamagedRatherThanEndSomeProcess(String text) {
        assertThatThrownBy(() -> KeptLab.parse("kept", text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void findsTheStartTimeWhateverAProcessIsCalled() {
        String tail = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 424242 20 21";
        assertThat(new ProcessStat("77 (sleep)" + tail).field(22)).isEqualTo(424242);
        assertThat(new ProcessStat("77 (a) S 1 (b)" + tail).field(22)).isEqualTo(424242);
    }

    @Test
    void tellsAProcessFromALaterOneWithTheSameNumber() throws Exception {
        ProcessId self = ProcessId.of(ProcessHandle.current().pid());
        assertThat(self.isAlive()).isTrue();
        assertThat(new ProcessId(self.pid(), self.started() + 1).isAlive()).isFalse();
        assertThat(new ProcessId(Integer.MAX_VALUE, 1).isAlive()).isFalse();
    }

    @ParameterizedTest
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            inside | map                         | outside
            0      | 0 0 4294967295              | 0
            1000   | 0 0 4294967295              | 1000
            0      | 0 1000 1                    | 1000
            5      | 0 1000 1;1 100000 65536     | 100004
            """)
    void namesFilesByTheUserOutsideOfUserNamespaces(int inside, String map, long outside) {
        assertThat(LabFolder.realUser(map.replace(';', '\n'), inside)).isEqualTo(outside);
    }
}
