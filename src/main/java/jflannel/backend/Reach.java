package jflannel.backend;

import java.util.List;
import java.util.Optional;
import jflannel.dataplane.Endpoint;
import jflannel.kernel.KernelObject;

/// What is needed to reach a peer's subnet.
///
/// @param objects that the kernel should hold
/// @param endpoint where to send the packets, if they pass through this process
record Reach(List<KernelObject> objects, Optional<Endpoint> endpoint) {
    static final Reach NOTHING = new Reach(List.of(), Optional.empty());

    Reach {
        objects = List.copyOf(objects);
    }

    static Reach by(KernelObject... objects) {
        return new Reach(List.of(objects), Optional.empty());
    }
}
