package jflannel.trace;

import java.util.OptionalLong;

/// What was really seen of a probe on a device.
///
/// @param hop index of the hop that the device belongs to
/// @param request microseconds after the probe was first seen anywhere; empty if it was not seen here
/// @param reply the same of the answer
/// @param certain false if other packets were lost here for lack of room, so that these may be among them
public record Sighting(int hop, String device, OptionalLong request, OptionalLong reply, boolean certain) {
    /// For people.
    public String words() {
        String asked = request.isPresent() ? "probe seen after %d µs".formatted(request.getAsLong()) : "probe not seen";
        String answered = reply.isPresent() ? "answer after %d µs".formatted(reply.getAsLong()) : "answer not seen";
        return "live: %s, %s%s".formatted(asked, answered, certain ? "" : "; the device is too busy to be sure");
    }
}
