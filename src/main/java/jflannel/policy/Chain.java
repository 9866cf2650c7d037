package jflannel.policy;

/// A chain that belongs to a number; it puts the number in front of an address or a port, and looks that up.
record Chain(Direction direction, Kind kind, int number) {
    enum Kind {
        GROUP,
        PORT_LIST
    }

    String label() {
        String way = direction == Direction.INGRESS ? "in" : "out";
        return (kind == Kind.GROUP ? "group-" : "ports-") + way + "-" + number;
    }
}
