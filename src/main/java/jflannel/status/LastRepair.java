package jflannel.status;

import java.time.Instant;

/// What this node last restored after somebody else had changed it.
///
/// @param what in words; may quote others
public record LastRepair(Instant at, String what) {}
