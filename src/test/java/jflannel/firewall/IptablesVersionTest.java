package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IptablesVersionTest {
    @ParameterizedTest(name = "{0}")
    @CsvSource(useHeadersInDisplayName = true, delimiter = '|', textBlock = """
            printed                     | in nftables | random and wait
            iptables v1.8.9 (nf_tables) | true        | true
            iptables v1.8.9 (legacy)    | false       | true
            ip6tables v1.8.10 (legacy)  | false       | true
            iptables v1.6.2             | false       | true
            iptables v1.6.1             | false       | false
            iptables v1.4.21            | false       | false
            iptables v2.0               | false       | true
            something else              | false       | false
            """)
    void knowsWhatAReleaseCan(String printed, boolean nfTables, boolean randomFullyAndWait) {
        IptablesVersion version = IptablesVersion.parse(printed);

        assertThat(version.nfTables()).isEqualTo(nfTables);
        assertThat(version.randomFullyAndWait()).isEqualTo(randomFullyAndWait);
    }
}
