package jflannel.report;

import static org.assertj.core.api.Assertions.assertThat;

import jflannel.status.Board;
import jflannel.status.Condition;
import jflannel.testing.LogLines;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConditionLogTest {
    private final Board board = new Board();
    private final LogLines log = new LogLines(ConditionLog.class);

    @BeforeEach
    void listen() {
        board.listen(new ConditionLog());
    }

    @AfterEach
    void close() {
        log.close();
    }

    @Test
    void logsThatAConditionAppearsChangesAndEnds() {
        board.raise(Condition.STORE_SILENT, "no answer");
        board.raise(Condition.STORE_SILENT, "no answer");
        board.raise(Condition.STORE_SILENT, "connection refused");
        board.clear(Condition.STORE_SILENT);
        assertThat(log.all()).containsExactly("store: no answer", "store: connection refused", "store: works again");
    }

    @ParameterizedTest
    @EnumSource(
            value = Condition.class,
            names = {"LEASES_IGNORED", "PEERS_IGNORED", "PEERS_REFUSED", "KERNEL_REFUSES"})
    void ofWhatItsFinderLogsCaseByCaseOnlyTheEndIsLogged(Condition condition) {
        board.raise(condition, "the first of two");
        board.raise(condition, "the other");
        board.clear(condition);
        assertThat(log.all()).containsExactly(condition.check() + ": works again");
    }
}
