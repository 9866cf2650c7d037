package jflannel.lab.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FootprintTest {
    private static final String SMAPS = """
            5583a000-7ffd1000 ---p 00000000 00:00 0                          [rollup]
            Rss:              109352 kB
            Pss:               94395 kB
            Pss_Anon:          79228 kB
            Anonymous:         79200 kB
            AnonHugePages:         0 kB
            """;

    private static final String STATUS = """
            Name:	java
            VmPeak:	 1621888 kB
            VmHWM:	  120500 kB
            VmRSS:	  109400 kB
            """;

    @Test
    void readsWhatTheKernelSays() {
        Footprint footprint = Footprint.parse(
                SMAPS, STATUS, "77 (odd ) name (x) S 1 77 77 0 -1 4194560 1 2 3 4 150 50 7 3 20 0 22 0 9 9 9");
        assertThat(footprint).isEqualTo(new Footprint(109352L * 1024, 120500L * 1024, 79200L * 1024, 2.1));
        assertThat(footprint.residentMib()).isEqualTo(109352 / 1024.0);
        assertThat(footprint.peakMib()).isEqualTo(120500 / 1024.0);
    }

    @Test
    void doesNotTakeAMissingLineForNothing() {
        assertThatThrownBy(() -> Footprint.parse("Pss: 1 kB\n", STATUS, "1 (x) S " + "0 ".repeat(40)))
                .hasMessageContaining("Rss");
        assertThatThrownBy(() -> Footprint.parse(SMAPS, "Name: x\n", "1 (x) S " + "0 ".repeat(40)))
                .hasMessageContaining("VmHWM");
    }
}
