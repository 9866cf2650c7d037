package jflannel.lab.faults;

import java.time.Duration;

/// What a fault may cost.
///
/// @param lostMillis for how long packets may be lost, in total, in milliseconds; 0 for none at all
/// @param repair from the damage until all is as it should be
record FaultBudget(int lostMillis, Duration repair) {
    /// Control-plane faults: pods must not notice.
    static FaultBudget nothingLost(int repairSeconds) {
        return new FaultBudget(0, Duration.ofSeconds(repairSeconds));
    }

    /// Damage to what carries packets: they may be lost until it is noticed and repaired, within a second.
    static FaultBudget aSecond() {
        return new FaultBudget(1000, Duration.ofSeconds(1));
    }

    FaultBudget times(int factor) {
        return new FaultBudget(lostMillis * factor, repair.multipliedBy(factor));
    }
}
