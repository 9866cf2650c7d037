package jflannel.cloud;

import static org.assertj.core.api.Assertions.assertThat;

import jflannel.ip.Cidr;
import org.junit.jupiter.api.Test;

class CloudRouteTest {
    @Test
    void aRoutesMarkIsTheNameThatGoFlannelGaveIt() {
        assertThat(CloudRoute.mark(Cidr.parse("10.5.2.0/24"))).isEqualTo("flannel-10-5-2-0-24");
    }

    @Test
    void googleTakesNamesOfTheLongestSubnets() {
        assertThat(CloudRoute.mark(Cidr.parse("fd00:1111:2222:3333:4444:5555:6666:7770/124")))
                .matches("[a-z]([-a-z0-9]{0,61}[a-z0-9])?");
    }
}
