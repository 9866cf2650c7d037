package jflannel.live;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import jflannel.capture.CapturedPacket;
import jflannel.capture.PacketCapture;
import jflannel.foreign.Packet;
import jflannel.linux.Fd;
import jflannel.linux.Libc;
import jflannel.linux.Netns;
import jflannel.trace.Live;
import jflannel.trace.PodNamespace;

/// The devices that are watched for one probe.
final class Taps implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    /// The kernel begins to note the times of packets a moment after it was asked to.
    private static final int CLOCK_START_MILLIS = 20;
    /// When the sender has its answer, the last copies are on their way to the taps.
    private static final int LAST_COPIES_MILLIS = 5;

    private final Probe probe;
    private final List<Tap> taps = new ArrayList<>();

    private Taps(Probe probe) {
        this.probe = probe;
    }

    /// Begins to watch.
    static Taps on(List<Places.Place> places, Set<Integer> tunnelPorts, Probe probe) throws IOException {
        Taps taps = new Taps(probe);
        try {
            for (Places.Place place : places) {
                PacketCapture capture = open(place, tunnelPorts);
                taps.taps.add(new Tap(place.hop(), place.device(), capture, probe));
            }
        } catch (IOException e) {
            taps.close();
            throw e;
        }
        pause(CLOCK_START_MILLIS);
        return taps;
    }

    private static PacketCapture open(Places.Place place, Set<Integer> tunnelPorts) throws IOException {
        Optional<PodNamespace> pod = place.namespace();
        if (pod.isEmpty()) {
            return PacketCapture.on(place.device(), place.ifIndex(), tunnelPorts);
        }
        try (Netns namespace = Netns.at(pod.get().path())) {
            return namespace.call(() -> PacketCapture.on(place.device(), place.ifIndex(), tunnelPorts));
        }
    }

    /// Watches until the sender has its answer, or the time is up.
    Live watch() {
        Fd[] sockets = taps.stream().map(tap -> tap.capture().socket()).toArray(Fd[]::new);
        long end = System.nanoTime() + PATIENCE.toNanos();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = Libc.callState(arena);
            MemorySegment poll = Libc.pollfds(arena, sockets);
            long left = PATIENCE.toMillis();
            while (!taps.isEmpty() && taps.getFirst().answerRole() == Probe.Role.NONE && left > 0) {
                Libc.poll(poll, (int) left, state);
                taps.forEach(Tap::read);
                left = (end - System.nanoTime()) / 1_000_000;
            }
        }
        pause(LAST_COPIES_MILLIS);
        taps.forEach(Tap::read);
        return result();
    }

    private Live result() {
        long start = taps.stream()
                .map(Tap::requestNanos)
                .flatMapToLong(OptionalLong::stream)
                .min()
                .orElse(0);
        Optional<Tap> answered =
                taps.stream().filter(tap -> tap.answerRole() != Probe.Role.NONE).findFirst();
        return new Live(
                taps.stream().map(tap -> tap.sighting(start)).toList(),
                taps.isEmpty() ? Live.Answer.NONE : answer(taps.getFirst().answerRole()),
                "",
                answered.filter(tap -> tap.answerRole() == Probe.Role.ERROR)
                        .map(tap -> words(tap.answer()))
                        .orElse(""),
                probe.question().protocol() != Packet.UDP);
    }

    private static Live.Answer answer(Probe.Role role) {
        return switch (role) {
            case REPLY -> Live.Answer.REPLY;
            case REFUSAL -> Live.Answer.REFUSAL;
            case ERROR -> Live.Answer.ERROR;
            case REQUEST, NONE -> Live.Answer.NONE;
        };
    }

    private static String words(CapturedPacket answer) {
        CapturedPacket.Layer.Error error = answer.error();
        return "an ICMP error of %s, type %d, code %d"
                .formatted(answer.innermost().source(), error.type(), error.code());
    }

    private static void pause(int millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        taps.forEach(Tap::close);
    }
}
