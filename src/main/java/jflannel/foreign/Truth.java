package jflannel.foreign;

/// Whether a rule matches a packet, as far as that can be told without the packet: a rule may ask for things that
/// nobody
/// knows beforehand, such as a limit or the content of a set.
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

    /// @param negate true to turn it round
    Truth not(boolean negate) {
        return negate ? not() : this;
    }
}
