package jflannel.lease;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// Finds the word that somebody probably meant.
public final class Nearest {
    /// Fewer letters mean too little.
    private static final int SHORTEST = 3;
    /// So many letters may be wrong, and a third of a longer word, up to the most.
    private static final int USUAL = 2;

    private static final int MOST = 4;

    private Nearest() {}

    /// The most similar of the known words, whatever their case; empty if none is similar enough.
    public static Optional<String> to(String word, Collection<String> known) {
        int tolerance = word.length() < SHORTEST ? 0 : Math.clamp(word.length() / 3, USUAL, MOST);
        return known.stream()
                .filter(candidate -> distance(word, candidate) <= tolerance)
                .min(Comparator.comparing((String candidate) -> distance(word, candidate))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /// How many letters must be added, dropped or changed to turn one word into the other (Levenshtein).
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
