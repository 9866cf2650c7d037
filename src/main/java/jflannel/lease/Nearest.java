package jflannel.lease;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// Guesses the word that somebody meant.
public final class Nearest {
    /// Shorter words are too ambiguous.
    private static final int SHORTEST = 3;
    /// How many letters may be wrong; in longer words a third of them, up to a limit.
    private static final int USUAL = 2;

    private static final int MOST = 4;

    private Nearest() {}

    /// The most similar known word, ignoring case; empty if none is similar enough.
    public static Optional<String> to(String word, Collection<String> known) {
        int tolerance = word.length() < SHORTEST ? 0 : Math.clamp(word.length() / 3, USUAL, MOST);
        return known.stream()
                .filter(candidate -> distance(word, candidate) <= tolerance)
                .min(Comparator.comparing((String candidate) -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /// How many letters must be added, removed or changed to turn one word into the other (Levenshtein).
    private static int distance(String one, String other) {
        String from = one.toLowerCase(Locale.ROOT);
        String to = other.toLowerCase(Locale.ROOT);
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int change = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(change, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
