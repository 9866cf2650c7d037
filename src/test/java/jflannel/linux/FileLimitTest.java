package jflannel.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FileLimitTest {
    @ParameterizedTest
    @CsvSource({"256, 256", "1048576, 1048576", "unlimited, 9223372036854775807"})
    void isTheSoftLimit(String soft, long limit) {
        String limits = """
                Limit                     Soft Limit           Hard Limit           Units
                Max processes             63203                63203                processes
                Max open files            %-20s 2097152              files
                Max locked memory         8388608              8388608              bytes
                """.formatted(soft);
        assertThat(FileLimit.of(limits)).isEqualTo(limit);
    }
}
