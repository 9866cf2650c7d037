package jflannel.foreign;

/// Whether a rule matches a packet. Unknown if it tests something that cannot be known beforehand, such as a limit
/// or the contents of a set.
enum Truth {
    NO,
    UNKNOWN,
    YES;

    static Truth of(boolean known) {
        return known ? YES : NO;
    }

    Truth and(Truth other) {
        return compareTo(other) < 0 ? this : other;
    }

    Truth or(Truth other) {
        return compareTo(other) > 0 ? this : other;
    }

    Truth not() {
        return switch (this) {
            case NO -> YES;
            case UNKNOWN -> UNKNOWN;
            case YES -> NO;
        };
    }

    /// @param negate true to invert it
    Truth not(boolean negate) {
        return negate ? not() : this;
    }
}
