package jflannel.control;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.cloud.CloudMemory;
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

/// What an overlay asks of a cloud's route tables, for their keeper. There is none before a backend needs them, unless
/// an earlier process has left something there.
final class CloudRouting implements AutoCloseable {
    private final Path memory;
    private final Board board;
    private final Optional<String> endpoint;
    /// Null until it is needed, so that no other start loads its classes.
    private CloudRouteKeeper keeper;

    private boolean looked;

    /// @param memory file for what was added; null for none
    CloudRouting(Path memory, Options options, Board board) {
        this.memory = memory;
        this.board = board;
        this.endpoint = Optional.of(options.node.cloudEndpoint).filter(url -> !url.isEmpty());
    }

    void keep(Overlay overlay, Node.View view) {
        boolean needed = overlay.network().type().needs(BackendType.Need.CLOUD);
        if (keeper == null && !needed && !isOwed()) {
            return;
        }
        if (keeper == null) {
            keeper = new CloudRouteKeeper(new CloudMemory(memory), board);
        }
        if (!needed) {
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

    private boolean isOwed() {
        boolean first = !looked;
        looked = true;
        return first && memory != null && Files.exists(memory);
    }

    private static Place place(Overlay overlay, Family family, Link link) {
        return new Place(
                Optional.ofNullable(link.mac()), overlay.underlay().addresses().get(family));
    }

    @Override
    public void close() {
        if (keeper != null) {
            keeper.close();
        }
    }
}
