package jflannel.live;

import java.io.UncheckedIOException;
import java.util.OptionalLong;
import jflannel.capture.CapturedPacket;
import jflannel.capture.PacketCapture;
import jflannel.linux.KernelException;
import jflannel.trace.Sighting;

/// Watches a device for a probe and its answer, and keeps when the first of each passed. For one thread.
final class Tap implements AutoCloseable {
    /// More packets than this in two seconds are others' business.
    private static final int MOST = 500_000;

    private final int hop;
    private final String device;
    private final PacketCapture capture;
    private final Probe probe;
    private int count;
    private CapturedPacket request;
    private CapturedPacket answer;
    private Probe.Role answerRole = Probe.Role.NONE;
    private OptionalLong requestNanos = OptionalLong.empty();
    private OptionalLong answerNanos = OptionalLong.empty();

    /// @param hop index of the hop that the device belongs to
    Tap(int hop, String device, PacketCapture capture, Probe probe) {
        this.hop = hop;
        this.device = device;
        this.capture = capture;
        this.probe = probe;
        capture.keepTimes();
    }

    PacketCapture capture() {
        return capture;
    }

    /// Looks at what has passed.
    void read() {
        if (count < MOST) {
            count += capture.drain(this::look);
        }
    }

    private void look(CapturedPacket packet) {
        Probe.Role role = probe.role(packet, request);
        if (role == Probe.Role.REQUEST && request == null) {
            request = packet;
            requestNanos = OptionalLong.of(time());
        } else if (role != Probe.Role.REQUEST && role != Probe.Role.NONE && answer == null) {
            answer = packet;
            answerRole = role;
            answerNanos = OptionalLong.of(time());
        }
    }

    private long time() {
        try {
            return capture.lastNanos();
        } catch (KernelException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// [Probe.Role#NONE] if none has passed.
    Probe.Role answerRole() {
        return answerRole;
    }

    CapturedPacket answer() {
        return answer;
    }

    OptionalLong requestNanos() {
        return requestNanos;
    }

    /// @param start in nanoseconds, of the first sighting anywhere
    Sighting sighting(long start) {
        boolean certain = count < MOST && !capture.hasMissedSome();
        return new Sighting(hop, device, micros(requestNanos, start), micros(answerNanos, start), certain);
    }

    private static OptionalLong micros(OptionalLong nanos, long start) {
        return nanos.isPresent() ? OptionalLong.of((nanos.getAsLong() - start) / 1_000) : nanos;
    }

    @Override
    public void close() {
        capture.close();
    }
}
