package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SavedRulesTest {
    @Test
    void readsQuotedWordsAsOne() {
        SavedRules saved = SavedRules.parse(List.of(
                "*nat", "-A FLANNEL-POSTRTG -m comment --comment \"say \\\"flanneld\\\" \\\\ masq\" -j RETURN"));

        assertThat(saved.rulesOf("nat", "FLANNEL-POSTRTG").getFirst().words())
                .containsExactly("-m", "comment", "--comment", "say \"flanneld\" \\ masq", "-j", "RETURN");
    }

    @Test
    void readsAnEmptyComment() {
        SavedRules saved = SavedRules.parse(List.of("*nat", "-A A -m comment --comment \"\" -j FLANNEL-FWD"));

        assertThat(saved.rules("nat").getFirst().words()).contains("").endsWith("-j", "FLANNEL-FWD");
    }

    @Test
    void knowsAnAddressInAnySpelling() {
        SavedRules saved =
                SavedRules.parse(List.of("*nat", "-A FLANNEL-FWD -s FD00:0:0::/48 -d 1.2.0.0/255.255.0.0 -j ACCEPT"));

        assertThat(saved.rules("nat").getFirst().words()).contains("fd00::/48", "1.2.0.0/255.255.0.0");
    }

    @Test
    void keepsChainsOfEqualNamesInDifferentTablesApart() {
        SavedRules saved = SavedRules.parse(List.of("*filter", ":FLANNEL-FWD - [0:0]", "COMMIT", "*nat", "COMMIT"));

        assertThat(saved.hasChain("filter", "FLANNEL-FWD")).isTrue();
        assertThat(saved.hasChain("nat", "FLANNEL-FWD")).isFalse();
    }

    @Test
    void givesRulesBackAsTheyWerePrinted() {
        String text = "-s 10.1.0.1/32 -m comment --comment \"flanneld \\\"x\\\" masq\" -j ACCEPT";

        assertThat(SavedRules.parse(List.of("*nat", "-A POSTROUTING " + text))
                        .rules("nat")
                        .getFirst()
                        .text())
                .isEqualTo(text);
    }

    @Test
    void noticesThatATableWasLeftOut() {
        String line = "# Table `nat' is incompatible, use 'nft' tool.";

        assertThat(SavedRules.concernsUs(line)).isTrue();
        assertThat(SavedRules.unreadableTable(line)).contains("nat");
        assertThat(SavedRules.unreadableTable("# Table `mangle' is incompatible, use 'nft' tool."))
                .isEmpty();
    }

    @Test
    void isNotConfusedByLinesThatMakeNoSense() {
        assertThat(SavedRules.parse(List.of("", ":", "-A", "-A ", "*", "COMMIT", "# FLANNEL-", "-A X \""))
                        .lines())
                .allMatch(line -> line.table().isEmpty());
    }
}
