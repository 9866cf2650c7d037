package jflannel.trace;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/// What became of a marked packet that was really sent.
///
/// @param sightings in the order of the way, one for each device that was watched
/// @param obstacle why none was sent; empty if one was
/// @param error what the kernel said, or the ICMP error that came back, in words; empty if there was none
/// @param demanded false if the destination need not answer, as with UDP
public record Live(List<Sighting> sightings, Answer answer, String obstacle, String error, boolean demanded) {
    /// What came back.
    public enum Answer {
        /// What was asked for.
        REPLY,
        /// The destination itself refuses: nobody listens at that port. So the packet arrived.
        REFUSAL,
        /// An ICMP error.
        ERROR,
        NONE;

        /// True if the packet arrived.
        public boolean arrived() {
            return this == REPLY || this == REFUSAL;
        }

        /// As JSON has it.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Live {
        sightings = List.copyOf(sightings);
    }

    /// Nothing was sent.
    public static Live notSent(String why) {
        return new Live(List.of(), Answer.NONE, why, "", false);
    }

    /// The kernel did not take it.
    public static Live refused(String error) {
        return new Live(List.of(), Answer.NONE, "the kernel refuses to send it: " + error, error, false);
    }

    /// The same, seen on more devices.
    ///
    /// @param all of them, in the order of the way
    public Live with(List<Sighting> all) {
        return new Live(all, answer, obstacle, error, demanded);
    }

    public boolean sent() {
        return obstacle.isEmpty();
    }

    /// What was seen at a hop.
    public Optional<Sighting> at(int hop) {
        return sightings.stream().filter(sighting -> sighting.hop() == hop).findFirst();
    }

    /// Where the packet or its answer was lost.
    ///
    /// @param hop index of the hop that is to blame
    record Loss(int hop, String reason) {}

    /// @param hops all of them
    /// @return empty if it arrived, and if nobody needs to answer
    Optional<Loss> loss(List<Hop> hops) {
        if (!sent()) {
            return error.isEmpty() ? Optional.empty() : Optional.of(new Loss(0, obstacle));
        }
        if (answer.arrived()) {
            return Optional.empty();
        }
        int last = last(sighting -> sighting.request().isPresent());
        if (last + 1 < sightings.size()) {
            Sighting missing = sightings.get(last + 1);
            String where = last < 0
                    ? "the probe was not seen on "
                    : "the probe was seen on " + sightings.get(last).device() + ", but not on ";
            return Optional.of(new Loss(missing.hop(), where + missing.device() + doubt(missing) + said()));
        }
        return demanded || !error.isEmpty() ? Optional.of(unanswered(hops, last)) : Optional.empty();
    }

    /// For a request that was seen on the last device that was watched.
    private Loss unanswered(List<Hop> hops, int last) {
        int first = first(sighting -> sighting.reply().isPresent());
        if (first > 0 && error.isEmpty()) {
            Sighting missing = sightings.get(first - 1);
            return new Loss(
                    missing.hop(),
                    "the answer was seen on %s, but not on %s%s"
                            .formatted(sightings.get(first).device(), missing.device(), doubt(missing)));
        }
        int beyond = IntStream.range(last < 0 ? 0 : sightings.get(last).hop(), hops.size())
                .filter(i -> hops.get(i).predicted())
                .findFirst()
                .orElse(hops.size() - 1);
        String where = last < 0
                ? "the probe was sent"
                : "the probe was seen on " + sightings.get(last).device();
        return new Loss(beyond, where + (error.isEmpty() ? ", but no answer came" : said()));
    }

    private String said() {
        return error.isEmpty() ? "" : "; what came back is " + error;
    }

    private static String doubt(Sighting missing) {
        return missing.certain() ? "" : ", which may be too busy to see all";
    }

    private interface Test {
        boolean of(Sighting sighting);
    }

    private int last(Test test) {
        return IntStream.range(0, sightings.size())
                .filter(i -> test.of(sightings.get(i)))
                .max()
                .orElse(-1);
    }

    private int first(Test test) {
        return IntStream.range(0, sightings.size())
                .filter(i -> test.of(sightings.get(i)))
                .findFirst()
                .orElse(-1);
    }

    /// What came of it, in a sentence.
    String summary() {
        if (!sent()) {
            return "No probe was sent: " + obstacle + ".";
        }
        String after = sightings.stream().flatMapToLong(sighting -> sighting.reply().stream()).max().stream()
                .mapToObj(" after %d µs"::formatted)
                .findFirst()
                .orElse("");
        return switch (answer) {
            case REPLY -> "A probe was sent, and answered%s.".formatted(after);
            case REFUSAL ->
                "A probe was sent, and arrived: nobody listens at that port; so it was said%s.".formatted(after);
            case ERROR -> "A probe was sent; what came back is %s.".formatted(error);
            case NONE -> "A probe was sent, and no answer came%s.".formatted(demanded ? "" : "; UDP needs none");
        };
    }
}
