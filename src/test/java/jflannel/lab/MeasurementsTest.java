package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeasurementsTest {
    @Test
    void takesTheMiddleValueOrTheMeanOfTheTwoMiddleOnes() {
        assertThat(new Measurements(List.of(9.0, 1.0, 2.0)).median()).isEqualTo(2);
        assertThat(new Measurements(List.of(9.0, 1.0, 2.0, 4.0)).median()).isEqualTo(3);
    }

    @Test
    void showsBetweenWhatTheOthersLie() {
        assertThat(new Measurements(List.of(11.34, 10.9, 11.8))).hasToString("11.3 (10.9–11.8)");
        assertThat(new Measurements(List.of(0.5))).hasToString("0.500");
    }

    @Test
    void needsAValue() {
        assertThatThrownBy(() -> new Measurements(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest(name = "{0} is shown as {1}")
    @CsvSource({
        "0, 0.00",
        "0.0004, 0.000",
        "0.0316, 0.032",
        "0.9994, 0.999",
        "0.9996, 1.00",
        "9.994, 9.99",
        "9.996, 10.0",
        "99.94, 99.9",
        "99.96, 100",
        "123456, 123456"
    })
    void showsThreeDigits(double value, String shown) {
        assertThat(Measurements.figure(value)).isEqualTo(shown);
    }
}
