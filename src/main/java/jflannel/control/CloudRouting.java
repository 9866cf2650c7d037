package jflannel.control;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.cloud.CloudRouteKeeper;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.DesiredCloudRoutes.Place;
import jflannel.cloud.OtherNodes;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.kernel.Link;
import jflannel.lease.BackendType;
import jflannel.options.Options;
import jflannel.status.Board;

/// What an overlay asks of a cloud's route tables, for their keeper. There is none before a backend needs them.
final class CloudRouting implements AutoCloseable {
    private final CloudRouteKeeper keeper;
    private final Optional<String> endpoint;

    CloudRouting(Options options, Board board) {
        this.keeper = new CloudRouteKeeper(board);
        this.endpoint = Optional.of(options.node.cloudEndpoint).filter(url -> !url.isEmpty());
    }

    void keep(Overlay overlay, Node.View view) {
        if (!overlay.network().type().needs(BackendType.Need.CLOUD)) {
            keeper.withdraw();
            return;
        }
        Map<Family, Place> places = new EnumMap<>(Family.class);
        overlay.external().forEach((family, link) -> places.put(family, place(overlay, family, link)));
        List<Cidr> others = view.peers().leases().stream()
                .flatMap(lease -> lease.cidrs().stream())
                .toList();
        keeper.keep(
                new DesiredCloudRoutes(overlay.network(), Set.copyOf(view.own().cidrs()), places, endpoint, false),
                new OtherNodes(others, view.confirmed()));
    }

    private static Place place(Overlay overlay, Family family, Link link) {
        return new Place(
                Optional.ofNullable(link.mac()), overlay.underlay().addresses().get(family));
    }

    @Override
    public void close() {
        keeper.close();
    }
}
