package jflannel.kernel;

import static jflannel.testing.Sh.sh;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Counters as nft made them, and the packets of pings.
@ExtendWith(OwnNetns.class)
class NftablesCountersIT {
    @Test
    void readsTheCountersOfOneTableAndNothingElse() throws Exception {
        sh("""
                ip link set lo up
                nft -f - <<'END'
                table inet mine {
                    counter pings { packets 4294967296 bytes 8589934592 }
                    counter none { }
                    quota much { over 5 mbytes }
                    chain c {
                        type filter hook input priority filter
                        icmp type echo-request counter name pings
                    }
                }
                table ip mine {
                    counter of-another-family { }
                }
                table inet other {
                    counter of-another-table { }
                }
                END
                ping -q -c 3 -i 0.01 127.0.0.1
                """);
        assertThat(NftablesCounters.packets("mine")).isEqualTo(Map.of("pings", (1L << 32) + 3, "none", 0L));
        assertThat(NftablesCounters.packets("missing")).isEmpty();
    }

    @Test
    void readsMoreThanOneDatagramHolds() throws Exception {
        String counters = IntStream.range(0, 2000)
                .mapToObj(i -> "counter c%d { packets %d bytes 0 }".formatted(i, i))
                .collect(Collectors.joining("\n"));
        sh("nft -f - <<'END'\ntable inet mine {\n" + counters + "\n}\nEND\n");
        assertThat(NftablesCounters.packets("mine")).hasSize(2000).containsEntry("c1999", 1999L);
    }
}
