package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
    @ParameterizedTest(name = "{0} means {1}")
    @CsvSource(delimiter = '|', textBlock = """
            SubnetLenght    | SubnetLen
            subnetlen       | SubnetLen
            Netwrok         | Network
            DirectRoutng    | DirectRouting
            VNI             | VNI
            VN              |
            Anything        |
            """)
    void findsTheWordThatWasProbablyMeant(String word, String meant) {
        assertThat(Nearest.to(word, List.of("SubnetLen", "Network", "DirectRouting", "VNI")))
                .isEqualTo(Optional.ofNullable(meant));
    }
}
