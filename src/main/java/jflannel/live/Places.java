package jflannel.live;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jflannel.kernel.Link;
import jflannel.kernel.Vxlan;
import jflannel.trace.Hop;
import jflannel.trace.PodNamespace;
import jflannel.trace.Trace;
import jflannel.trace.View;

/// The devices of this node that a predicted way leads over, in its order.
final class Places {
    /// A device to watch.
    ///
    /// @param hop index of the first hop that it belongs to
    /// @param namespace the pod that it is in, if it is not this node's own
    record Place(int hop, String device, int ifIndex, Optional<PodNamespace> namespace) {}

    private final Trace trace;
    private final View view;
    private final List<Link> links;

    private Places(Trace trace, View view) throws IOException {
        this.trace = trace;
        this.view = view;
        this.links = view.links();
    }

    static List<Place> of(Trace trace, View view) throws IOException {
        Places places = new Places(trace, view);
        List<Place> found = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < trace.hops().size(); i++) {
            places.at(i)
                    .filter(place ->
                            seen.add(place.device() + " " + place.namespace().map(PodNamespace::path)))
                    .ifPresent(found::add);
        }
        return found;
    }

    /// The UDP ports of tunnels here.
    ///
    /// @param usual that of the backend; 0 if there is none
    static Set<Integer> tunnelPorts(View view, int usual) throws IOException {
        Set<Integer> ports = new HashSet<>(List.of(usual));
        view.links().forEach(link -> {
            if (link.properties() instanceof Vxlan vxlan) {
                ports.add(vxlan.port());
            }
        });
        return ports;
    }

    private Optional<Place> at(int index) throws IOException {
        Hop hop = trace.hops().get(index);
        if (hop.predicted() || hop.device().isEmpty()) {
            return Optional.empty();
        }
        return switch (hop.step()) {
            case POD -> inPod(index, view.pod(trace.question().source()));
            // what a Service's address was translated into has its veth for a witness
            case DELIVERY -> inPod(index, view.pod(trace.question().destination()));
            // their device is where the packet goes next, which says something only if it does not get there
            case RULES, ROUTE -> isLast(index) ? here(index) : Optional.empty();
            case DEVICE, NEIGHBOR, FDB, KEY, TUNNEL, PEER -> here(index);
        };
    }

    private boolean isLast(int index) {
        return index == trace.hops().size() - 1;
    }

    private Optional<Place> here(int index) {
        String device = trace.hops().get(index).device();
        return links.stream()
                .filter(link -> link.name().equals(device))
                .findFirst()
                .map(link -> new Place(index, device, link.index(), Optional.empty()));
    }

    private Optional<Place> inPod(int index, Optional<PodNamespace> pod) {
        String device = trace.hops().get(index).device();
        return pod.filter(it -> it.device().name().equals(device))
                .map(it -> new Place(index, device, it.device().index(), pod));
    }
}
