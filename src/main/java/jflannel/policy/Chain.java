package jflannel.policy;

/// A chain that belongs to a number; it puts the number in front of an address or a port, and looks that up.
///
/// @param others of a port list: what has no ports is allowed too
/// @param decides of a port list: what is not in it is refused at once, whatever else might allow it
record Chain(Direction direction, Kind kind, int number, boolean others, boolean decides) {
    enum Kind {
        GROUP,
        PORT_LIST
    }

    static Chain ofGroup(Direction direction, int number) {
        return new Chain(direction, Kind.GROUP, number, false, false);
    }

    String label() {
        String way = direction == Direction.INGRESS ? "in" : "out";
        return (kind == Kind.GROUP ? "group-" : "ports-") + way + "-" + number;
    }
}
