package jflannel.firewall;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;

/// What iptables-save and nft print: rules, comments and names that any program on the node may have made up.
class ListingFuzzTest {
    @FuzzTest
    void iptablesSave(byte[] data) {
        SavedRules rules = SavedRules.parse(
                new String(data, UTF_8).lines().filter(SavedRules::concernsUs).toList());
        for (SavedRules.Line line : rules.lines()) {
            assertThat(line.declaresChain() || line.leadsTo("X") || !line.commented("flanneld x"))
                    .isNotNull();
            assertThat(line.text()).doesNotContain("\n");
        }
    }

    @FuzzTest
    void nftTable(byte[] data) {
        String text = new String(data, UTF_8);
        assertThat(PeerFilterText.parse(text).rules()).allMatch(line -> !line.isBlank());
    }
}
