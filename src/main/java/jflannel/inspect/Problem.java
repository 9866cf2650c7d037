package jflannel.inspect;

import jflannel.status.Condition;
import jflannel.status.Finding;
import jflannel.status.Severity;

/// Something that is wrong with this host's flannel, for a tool to report.
///
/// @param code a [Condition#code], or one of those that only a look from outside can find
/// @param detail what exactly, in one sentence; may quote others
/// @param remedy what an operator can do about it
public record Problem(String code, Severity severity, String detail, String remedy) {
    static Problem of(Finding finding) {
        return of(finding.condition(), finding.detail());
    }

    static Problem of(Condition condition, String detail) {
        return new Problem(condition.code(), condition.severity(), detail, condition.remedy());
    }
}
