package jflannel.policy;

import java.util.Optional;

/// A chain that belongs to a number; it puts the number in front of an address or a port, and looks that up.
///
/// @param others of a port list: what has no ports is allowed too
/// @param decides of a port list: what is not in it is refused at once, whatever else might allow it
record Chain(Direction direction, Kind kind, int number, boolean others, boolean decides) {
    enum Kind {
        GROUP,
        PORT_LIST
    }

    private static final String ONLY = "only";
    private static final String OTHERS = "-others";

    static Chain ofGroup(Direction direction, int number) {
        return new Chain(direction, Kind.GROUP, number, false, false);
    }

    /// Says all that there is to say, so that a chain's name is enough to know what it does.
    String label() {
        String way = direction == Direction.INGRESS ? "in" : "out";
        String what = kind == Kind.GROUP ? "group" : decides ? ONLY : "ports";
        return what + "-" + way + (others ? OTHERS : "") + "-" + number;
    }

    /// The chain of that name, if it is one of these.
    static Optional<Chain> labelled(String label) {
        String[] words = label.split("-");
        if (words.length < 3 || !words[words.length - 1].matches("[0-9]{1,9}")) {
            return Optional.empty();
        }
        return Optional.of(new Chain(
                words[1].equals("in") ? Direction.INGRESS : Direction.EGRESS,
                words[0].equals("group") ? Kind.GROUP : Kind.PORT_LIST,
                Integer.parseInt(words[words.length - 1]),
                label.contains(OTHERS),
                words[0].equals(ONLY)));
    }
}
