package jflannel.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LastMessageTest {
    @Test
    void aMessageIsNewUntilItIsTheLastOneAndAgainAfterAllWasWell() {
        LastMessage last = new LastMessage();
        assertThat(List.of("disk full", "disk full", "read-only", "disk full", "", "", "disk full").stream()
                        .map(last::changesTo))
                .containsExactly(true, false, true, true, false, false, true);
        last.clear();
        assertThat(last.changesTo("disk full")).isTrue();
    }
}
