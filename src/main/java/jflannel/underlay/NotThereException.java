package jflannel.underlay;

/// Part of an [Underlay] is missing but may still appear. Used within this package; others get an
/// [UnderlayChoice.Missing].
final class NotThereException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String remedy;

    /// @param what is missing, as a sentence without its full stop
    /// @param remedy what to do unless it appears by itself, in full sentences
    NotThereException(String what, String remedy) {
        super(what);
        this.remedy = remedy;
    }

    String remedy() {
        return remedy;
    }
}
