package jflannel.control;

/// How closely a pass looks at the kernel, from quick to thorough.
enum Depth {
    /// Changes what follows from the events, going by what the kernel was given before.
    UPDATE,
    /// Looks at the devices, and has the [Audit] look at the rest. The safety net.
    RECHECK,
    /// Compares everything with what the kernel holds, now.
    FULL
}
