package jflannel.underlay;

/// Something that an [Underlay] is made of is missing, and may come. For use within this package; others get an
/// [UnderlayChoice.Missing].
final class NotThereException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String remedy;

    /// @param what is missing, as a sentence without its full stop
    /// @param remedy what to do unless it comes by itself, in whole sentences
    NotThereException(String what, String remedy) {
        super(what);
        this.remedy = remedy;
    }

    String remedy() {
        return remedy;
    }
}
