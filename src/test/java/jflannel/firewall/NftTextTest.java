package jflannel.firewall;

import static org.assertj.core.api.Assertions.assertThat;

import jflannel.ip.Family;
import jflannel.names.Names;
import org.junit.jupiter.api.Test;

class NftTextTest {
    private static final NftText IPV4 = new NftText(Names.DEFAULT, Family.IPV4);
    private static final NftText IPV6 = new NftText(Names.DEFAULT, Family.IPV6);
    private static final NftText.Dialect FULL = new NftText.Dialect(true, true);

    @Test
    void listsTheRulesOfTheIptablesModeInTheTablesOfGoFlannel() {
        assertThat(IPV4.listing(Rule.all(Configs.V4, Family.IPV4), FULL)).isEqualTo("""
                        table ip flannel-ipv4 {
                        	comment "rules for flannel-ipv4"
                        	chain postrtg {
                        		comment "chain to manage traffic masquerading by flannel"
                        		type nat hook postrouting priority srcnat; policy accept;
                        		meta mark & 0x00004000 == 0x00004000 return
                        		ip saddr 10.244.31.0/24 ip daddr 10.244.0.0/16 return
                        		ip saddr 10.244.0.0/16 ip daddr 10.244.31.0/24 return
                        		ip saddr != 10.244.0.0/16 ip daddr 10.244.31.0/24 return
                        		ip saddr 10.244.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random
                        		ip saddr != 10.244.0.0/16 ip daddr 10.244.0.0/16 masquerade fully-random
                        	}
                        	chain forward {
                        		comment "chain to accept flannel traffic"
                        		type filter hook forward priority filter; policy accept;
                        		ip saddr 10.244.0.0/16 accept
                        		ip daddr 10.244.0.0/16 accept
                        	}
                        }
                        """);
    }

    @Test
    void listsTheSameForIpv6() {
        assertThat(IPV6.listing(Rule.all(Configs.V6, Family.IPV6), FULL))
                .startsWith("table ip6 flannel-ipv6 {\n\tcomment \"rules for flannel-ipv6\"\n")
                .contains("ip6 saddr fd00:244:0:31::/64 ip6 daddr fd00:244::/48 return")
                .contains("ip6 saddr fd00:244::/48 ip6 daddr != ff00::/8 masquerade fully-random");
    }

    @Test
    void aFamilyThatIsNotEnabledHasAnEmptyTable() {
        assertThat(IPV6.listing(Rule.all(Configs.V4, Family.IPV6), FULL))
                .isEqualTo("table ip6 flannel-ipv6 {\n\tcomment \"rules for flannel-ipv6\"\n}\n");
    }

    @Test
    void chainsThatAreSwitchedOffAreNotThere() {
        assertThat(IPV4.listing(Rule.all(Configs.switched(Configs.V4, false, true), Family.IPV4), FULL))
                .contains("chain forward")
                .doesNotContain("postrtg");
    }

    @Test
    void aSubnetOfOneAddressIsWrittenWithoutLength() {
        assertThat(IPV4.listing(Rule.all(Configs.of("10.1.0.0/30", "10.1.0.1/32"), Family.IPV4), FULL))
                .contains("ip saddr 10.1.0.1 ip daddr 10.1.0.0/30 return");
    }

    @Test
    void oldReleasesGetNoComments() {
        NftText.Dialect old = new NftText.Dialect(false, true);

        assertThat(IPV4.listing(Rule.all(Configs.V4, Family.IPV4), old))
                .doesNotContain("comment")
                .contains("type nat hook");
    }

    @Test
    void replacesTheTableAsAWhole() {
        assertThat(IPV4.transaction(Rule.all(Configs.V4, Family.IPV4), FULL))
                .startsWith("add table ip flannel-ipv4\ndelete table ip flannel-ipv4\ntable ip flannel-ipv4 {\n");
    }
}
