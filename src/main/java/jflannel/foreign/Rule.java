package jflannel.foreign;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import jflannel.ip.Ip;

/// A rule of another program.
///
/// @param words as the tool prints it
/// @param tests that must all hold
/// @param only its destination, if that is a single address
record Rule(String words, List<Function<Packet, Truth>> tests, Verdict verdict, Optional<Ip> only) {
    Rule {
        tests = List.copyOf(tests);
    }

    Truth matches(Packet packet) {
        Truth all = Truth.YES;
        for (Function<Packet, Truth> test : tests) {
            all = all.and(test.apply(packet));
            if (all == Truth.NO) {
                return all;
            }
        }
        return all;
    }
}
