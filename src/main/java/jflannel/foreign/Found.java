package jflannel.foreign;

import jflannel.status.Condition;

/// A rule of another program that is in this network's way.
///
/// @param condition what the daemon calls it
/// @param subject distinguishes it from others with the same condition
/// @param effect who does what to which packets
/// @param place the rule, and where it is
/// @param remedy what an operator can do about it
/// @param single true if it is about a single pod
public record Found(Condition condition, String subject, String effect, String place, String remedy, boolean single) {
    /// What is wrong and what to do, in two sentences.
    String words() {
        return "%s: %s. %s".formatted(effect, place, remedy);
    }

    /// Distinguishes it from everything else that may be found.
    String key() {
        return condition + " " + subject;
    }
}
