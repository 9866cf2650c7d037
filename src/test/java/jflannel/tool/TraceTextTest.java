package jflannel.tool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import jflannel.ip.Ip;
import jflannel.trace.Hop;
import jflannel.trace.Question;
import jflannel.trace.Step;
import jflannel.trace.Trace;
import jflannel.trace.Verdict;
import org.junit.jupiter.api.Test;

/// A trace as text, with words of others in it.
class TraceTextTest {
    private static final String RULE = "-A FORWARD -m comment --comment \"<b> & \u001b[31m\" -j DROP";
    private static final Hop HOP = new Hop(
            Step.RULES,
            Hop.HERE,
            false,
            false,
            "cni0",
            "ICMP a > b",
            "FORWARD: a rule drops it",
            List.of(RULE),
            Verdict.BROKEN,
            "a rule of another program drops it: " + RULE,
            "If nobody needs that rule: iptables -D FORWARD");
    private static final Trace TRACE =
            new Trace(Question.echo(Ip.parse("100.96.1.2"), Ip.parse("100.96.2.3")), List.of(HOP), List.of("a note"));

    @Test
    void fitsTheWidthAndHoldsNoControlCharactersOfOthers() {
        String text = TraceText.of(TRACE, new Screen(false, 60));
        assertThat(text).doesNotContain("\u001b").startsWith("100.96.1.2 > 100.96.2.3, icmp");
        assertThat(text.lines())
                .allMatch(line -> line.length() <= 60)
                .contains("this node", "  1 ✗ cni0: FORWARD: a rule drops it", "a note");
    }

    @Test
    void isPaintedOnATerminal() {
        assertThat(TraceText.of(TRACE, new Screen(true, 80))).contains("\u001b[31m  1 ✗ \u001b[0mcni0:");
    }
}
