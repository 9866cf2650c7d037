package jflannel.doctor;

import java.util.ArrayList;
import java.util.List;
import jflannel.lease.ShellWord;

/// One thing that is wrong.
///
/// @param cause what is wrong, in one sentence without its full stop. As the rest, it may quote others
/// @param evidence what was read, and where
/// @param remedy a command that can be copied or, where there is none, what to do
public record Diagnosis(Check check, Grade grade, String cause, List<String> evidence, String remedy) {
    public Diagnosis {
        evidence = List.copyOf(evidence);
    }

    static Diagnosis of(Check check, String cause) {
        return new Diagnosis(check, check.grade(), cause, List.of(), check.remedy());
    }

    Diagnosis graded(Grade other) {
        return new Diagnosis(check, other, cause, evidence, remedy);
    }

    /// Adds evidence.
    ///
    /// @param where a file, a command, or whatever else says so
    Diagnosis seen(String where, Object what) {
        List<String> all = new ArrayList<>(evidence);
        all.add(where + ": " + what);
        return new Diagnosis(check, grade, cause, all, remedy);
    }

    /// Fills in a place of the check's remedy, such as `{device}`.
    Diagnosis with(String place, Object value) {
        return remedied(remedy.replace("{" + place + "}", ShellWord.of(String.valueOf(value))));
    }

    /// Replaces the remedy.
    Diagnosis remedied(String other) {
        return new Diagnosis(check, grade, cause, evidence, other);
    }
}
