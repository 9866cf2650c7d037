package jflannel.underlay;

import java.util.List;

/// What came of looking for the [Underlay].
public sealed interface UnderlayChoice {
    /// There is one.
    ///
    /// @param misses why flags that stand before led nowhere, a sentence each
    /// @param warnings what is not good about it, a sentence each
    record Chosen(Underlay underlay, List<String> misses, List<String> warnings) implements UnderlayChoice {
        public Chosen {
            misses = List.copyOf(misses);
            warnings = List.copyOf(warnings);
        }
    }

    /// There is none now, but what is missing may come: an interface, an address, a route. Look again when the
    /// kernel has news.
    ///
    /// @param what is missing, as a sentence without its full stop
    /// @param remedy what to do unless it comes by itself, in whole sentences
    record Missing(String what, String remedy) implements UnderlayChoice {
        public String words() {
            return what + ". " + remedy;
        }
    }
}
