package jflannel.underlay;

import java.util.List;

/// The result of looking for the [Underlay].
public sealed interface UnderlayChoice {
    /// An underlay was found.
    ///
    /// @param misses why earlier flags led nowhere, a sentence each
    /// @param warnings about it, a sentence each
    record Chosen(Underlay underlay, List<String> misses, List<String> warnings) implements UnderlayChoice {
        public Chosen {
            misses = List.copyOf(misses);
            warnings = List.copyOf(warnings);
        }
    }

    /// There is none yet, but what is missing may appear: an interface, an address, a route. Look again when the
    /// kernel reports changes.
    ///
    /// @param what is missing, as a sentence without its full stop
    /// @param remedy what to do unless it appears by itself, in full sentences
    record Missing(String what, String remedy) implements UnderlayChoice {
        public String words() {
            return what + ". " + remedy;
        }
    }
}
