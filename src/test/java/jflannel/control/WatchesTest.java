package jflannel.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchesTest {
    @Test
    void theFormerWatchEndsOnceItsSuccessorHears() {
        List<String> story = new ArrayList<>();
        try (Watches watches = new Watches(_ -> {
            int number = story.size();
            story.add("open " + number);
            return () -> story.add("close " + number);
        })) {
            watches.follow(null);
            watches.follow(null);
            assertThat(story).containsExactly("open 0", "open 1", "close 0");
        }
        assertThat(story).endsWith("close 1");
    }
}
