package jflannel.etcd;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MissingConfigTest {
    @ParameterizedTest(name = "{0} means {2}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            kube/network/config           | /kube/network/config                       | /kube/network/config
            /kube/network/config          | kube/network/config                        | kube/network/config
            "/kube/network"/config        | /kube/network/config                       | /kube/network/config
            /coreos.com/netwrok/config    | /coreos.com/network/config                 | /coreos.com/network/config
            /coreos.com/network/config    | /Coreos.com/Network/config                 | /Coreos.com/Network/config
            /coreos.com/network/config    | /registry/pods/x /other/config             |
            /coreos.com/network/config    | /coreos.com/network/subnets/10.5.1.0-24    |
            """)
    void findsTheKeyThatWasProbablyMeant(String missing, String keys, String meant) {
        assertThat(MissingConfig.similar(missing, List.of(keys.split(" ")))).isEqualTo(Optional.ofNullable(meant));
    }
}
