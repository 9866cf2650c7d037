package jflannel.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import jflannel.ip.Ip;
import jflannel.trace.Hop;
import jflannel.trace.Live;
import jflannel.trace.Sighting;
import jflannel.trace.Trace;

/// What another node saw of a probe.
///
/// @param sightings in the order of the way there; times are in microseconds after the first of them
/// @param obstacle why it did not watch; empty if it did
record Beyond(Ip host, List<Sighting> sightings, String obstacle) {
    static Beyond of(Ip host, Optional<List<Sighting>> sightings) {
        return sightings.isPresent()
                ? new Beyond(host, sightings.get(), "")
                : unwatched(host, "it does not say what it saw");
    }

    static Beyond unwatched(Ip host, String why) {
        return new Beyond(host, List.of(), why);
    }

    /// The trace with what was seen on both nodes.
    Trace joined(Trace trace, Live here) {
        if (!obstacle.isEmpty()) {
            return trace.noting("%s was not watched: %s.".formatted(host, obstacle))
                    .with(here);
        }
        int at = IntStream.range(0, trace.hops().size())
                .filter(i -> trace.hops().get(i).predicted())
                .findFirst()
                .orElse(trace.hops().size());
        List<Hop> hops = sightings.stream()
                .map(seen -> Hop.watched(host.toString(), seen.device()))
                .toList();
        long shift = shift(here.sightings());
        List<Sighting> all = new ArrayList<>(here.sightings());
        for (Sighting seen : sightings) {
            all.add(new Sighting(
                    at + seen.hop(),
                    seen.device() + " of " + host,
                    shifted(seen.request(), shift),
                    shifted(seen.reply(), shift),
                    seen.certain()));
        }
        return trace.inserted(at, hops).with(here.with(all));
    }

    /// What to add to the times there. No clock is compared: of the round trip between the last device here and the
    /// first one there, half is taken for the way there, as NTP does. Without an answer, the way takes no time.
    private long shift(List<Sighting> here) {
        Optional<Sighting> last = here.reversed().stream()
                .filter(seen -> seen.request().isPresent())
                .findFirst();
        Optional<Sighting> first =
                sightings.stream().filter(seen -> seen.request().isPresent()).findFirst();
        if (last.isEmpty() || first.isEmpty()) {
            return 0;
        }
        long sent = last.get().request().getAsLong();
        long arrived = first.get().request().getAsLong();
        if (last.get().reply().isEmpty() || first.get().reply().isEmpty()) {
            return sent - arrived;
        }
        long away = last.get().reply().getAsLong() - sent;
        long there = first.get().reply().getAsLong() - arrived;
        return sent - arrived + Math.max(0, away - there) / 2;
    }

    private static OptionalLong shifted(OptionalLong time, long shift) {
        return time.isPresent() ? OptionalLong.of(time.getAsLong() + shift) : time;
    }
}
