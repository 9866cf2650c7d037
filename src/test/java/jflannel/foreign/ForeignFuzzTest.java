package jflannel.foreign;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.JsonException;

/// Rules may come from any program, so no text makes the readers or the walk throw, loop or write a broken line.
class ForeignFuzzTest {
    private static final Traffic TRAFFIC = new Traffic(
            Map.of(Family.IPV4, Cidr.parse("10.244.0.0/16")),
            Map.of(Family.IPV4, Cidr.parse("10.244.5.0/24")),
            Map.of(),
            Map.of(Family.IPV4, "flannel.1"),
            Map.of(Family.IPV4, "eth0", Family.IPV6, "eth0"),
            Map.of(Family.IPV4, Ip.parse("192.168.100.11")),
            List.of(Ip.parse("192.168.100.12")),
            List.of(Traffic.Outer.udp(8472)),
            false,
            true,
            false);
    private static final LocalDevices NODE = new LocalDevices(Map.of(Family.IPV4, "docker0"), Map.of());

    @FuzzTest
    void iptables(byte[] data) {
        List<String> lines =
                new String(data, UTF_8).lines().filter(IptablesReader::matters).toList();
        check(IptablesReader.read(lines, "iptables", Family.IPV4, Map.of()));
    }

    @FuzzTest
    void nft(byte[] data) {
        try {
            check(NftReader.read(List.of(new String(data, UTF_8)), NftSets.UNKNOWN, NftDevices.UNKNOWN));
        } catch (JsonException e) {
            assertThat(e).hasMessageNotContaining("\n");
        }
    }

    private static void check(List<Ruleset> rules) {
        for (Trouble trouble : ForeignRules.find(rules, TRAFFIC, NODE)) {
            assertThat(trouble.found().words()).doesNotContain("\n").hasSizeLessThan(5000);
        }
    }
}
