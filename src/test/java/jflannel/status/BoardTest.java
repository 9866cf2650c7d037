package jflannel.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BoardTest {
    private Instant now = Instant.EPOCH;
    private final Board board = new Board(() -> now);
    private final List<String> heard = new ArrayList<>();

    @BeforeEach
    void listen() {
        board.listen(new Board.Listener() {
            @Override
            public void changed(Finding before, Finding after) {
                heard.add((before == null ? "-" : before.detail()) + " > " + (after == null ? "-" : after.detail()));
            }
        });
    }

    @Test
    void aListenerHearsOfEachChangeOnce() {
        board.raise(Condition.STORE_SILENT, "refused");
        board.raise(Condition.STORE_SILENT, "refused");
        board.raise(Condition.STORE_SILENT, "no answer");
        board.clear(Condition.STORE_SILENT);
        board.clear(Condition.STORE_SILENT);
        assertThat(heard).containsExactly("- > refused", "refused > no answer", "no answer > -");
    }

    @Test
    void aFindingThatChangesItsWordsKeepsItsBeginning() {
        board.raise(Condition.STORE_SILENT, "refused");
        now = now.plusSeconds(9);
        board.raise(Condition.STORE_SILENT, "no answer");
        assertThat(board.findings())
                .containsExactly(new Finding(Condition.STORE_SILENT, "", "no answer", Instant.EPOCH));
    }

    @Test
    void theWorstComesFirst() {
        board.raise(Condition.FIREWALL_FAILING, "f");
        board.raise(Condition.STORE_SILENT, "s");
        board.raise(Condition.BACKEND_FAILING, "b");
        assertThat(board.findings()).extracting(Finding::detail).containsExactly("b", "f", "s");
    }

    @Test
    void settingAllClearsWhatIsMissing() {
        board.setAll(Condition.PEERS_IGNORED, Map.of("a", "1", "b", "2"));
        heard.clear();
        board.setAll(Condition.PEERS_IGNORED, Map.of("b", "2", "c", "3"));
        assertThat(heard).containsExactly("1 > -", "- > 3");
    }

    @Test
    void ofManyRepairsListenersHearOnceASecondAndOfTheLastInTheEnd() {
        List<String> repairs = new ArrayList<>();
        board.listen(new Board.Listener() {
            @Override
            public void changed(NodeStatus status) {
                repairs.add(status.lastRepair().orElseThrow().what());
            }
        });
        board.repaired("one");
        board.repaired("two");
        now = now.plusMillis(900);
        board.repaired("three");
        board.alive();
        assertThat(repairs).containsExactly("one");
        now = now.plusMillis(900);
        board.alive();
        board.alive();
        assertThat(repairs).containsExactly("one", "three");
    }
}
