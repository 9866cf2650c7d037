package jflannel.cloud;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.DesiredCloudRoutes.Place;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.json.Json;
import jflannel.lease.BackendType;
import jflannel.lease.NetworkConfig;
import jflannel.linux.AtomicFile;
import jflannel.work.Backoff;

/// A file with what this node has put into clouds' tables, so that a later process can take it back, whatever backend
/// the network has by then. Only root may read it: a network's configuration may hold keys.
public final class CloudMemory {
    private static final Logger LOG = System.getLogger(CloudMemory.class.getName());

    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path file;
    private final Function<BackendType, Optional<CloudProvider>> providers;

    /// @param file null for none
    public CloudMemory(Path file) {
        this(file, CloudLibraries::find);
    }

    CloudMemory(Path file, Function<BackendType, Optional<CloudProvider>> providers) {
        this.file = file;
        this.providers = providers;
    }

    Optional<CloudProvider> provider(DesiredCloudRoutes wanted) {
        return providers.apply(wanted.network().type());
    }

    /// Latest first.
    List<DesiredCloudRoutes> read() {
        List<DesiredCloudRoutes> all = new ArrayList<>();
        try {
            if (file != null) {
                for (Object each : (List<?>) Json.object(Files.readString(file)).getOrDefault("routes", List.of())) {
                    all.add(parse((Map<?, ?>) each));
                }
            }
        } catch (NoSuchFileException e) {
            // nothing was added
        } catch (IOException | RuntimeException e) {
            LOG.log(Level.WARNING, "{0} cannot be read: what it says was added will not be removed: {1}", file, e);
        }
        return all;
    }

    /// What is still in a cloud's table, and no longer wanted there.
    List<DesiredCloudRoutes> left(DesiredCloudRoutes wanted) {
        return read().stream().flatMap(old -> old.beside(wanted).stream()).toList();
    }

    /// Notes what is about to be added.
    void add(DesiredCloudRoutes wanted) {
        List<DesiredCloudRoutes> all = new ArrayList<>(List.of(wanted));
        all.addAll(left(wanted));
        write(all);
    }

    private void write(List<DesiredCloudRoutes> all) {
        if (file == null) {
            return;
        }
        try {
            if (all.isEmpty()) {
                Files.deleteIfExists(file);
                return;
            }
            String text = Json.indented(
                    Map.of("routes", all.stream().map(CloudMemory::json).toList()));
            if (!Files.exists(file) || !Files.readString(file).equals(text)) {
                AtomicFile.replace(file, text, AtomicFile.PRIVATE);
            }
        } catch (IOException e) {
            LOG.log(
                    Level.WARNING,
                    "{0} cannot be written, so a later process will not know of the cloud route: {1}",
                    file,
                    e);
        }
    }

    /// Deletes from the cloud's table what this node has there, and forgets it.
    void takeBack(DesiredCloudRoutes old) throws CloudException, InterruptedException {
        CloudProvider provider = provider(old)
                .orElseThrow(() -> new CloudException(
                        Fault.FAILED, "that takes the package jflannel-cloud, which is not installed"));
        DesiredCloudRoutes gone = old.withdraw();
        try (CloudRoutes cloud = provider.open(gone)) {
            for (CloudRoute route :
                    CloudPlan.of(gone, cloud.tables(), List.of(), false).former()) {
                cloud.delete(route);
                LOG.log(Level.INFO, "cloud: deleted the route {0}: it is no longer wanted", route.words());
            }
        }
        write(read().stream().flatMap(it -> it.without(old).stream()).toList());
    }

    /// For `flannel uninstall`: what it is; empty if there is nothing.
    public String words() {
        return read().stream().map(DesiredCloudRoutes::words).collect(Collectors.joining(", "));
    }

    /// Takes back everything. A cloud that is busy, as with another node's change, is asked again for half a minute.
    public void undo() throws IOException {
        try {
            for (DesiredCloudRoutes old : read()) {
                takeBackPatiently(old);
            }
            Files.deleteIfExists(file);
        } catch (CloudException e) {
            throw new IOException(e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void takeBackPatiently(DesiredCloudRoutes old) throws CloudException, InterruptedException {
        Backoff pauses = new Backoff(FIRST_PAUSE, LONGEST_PAUSE);
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                takeBack(old);
                return;
            } catch (CloudException e) {
                if (e.fault() != Fault.THROTTLED || System.nanoTime() - end > 0) {
                    throw e;
                }
                Thread.sleep(pauses.next());
            }
        }
    }

    private static Map<String, Object> json(DesiredCloudRoutes routes) {
        Map<String, Object> places = new LinkedHashMap<>();
        routes.places().keySet().stream().sorted().forEach(family -> {
            Place place = routes.places().get(family);
            places.put(
                    family.name(),
                    Map.of(
                            "mac",
                            place.mac().map(Mac::toString).orElse(""),
                            "address",
                            place.address().toString()));
        });
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("network", routes.network().source().json());
        json.put(
                "subnets",
                routes.subnets().stream().sorted().map(Cidr::toString).toList());
        json.put("places", places);
        json.put("endpoint", routes.endpoint().orElse(""));
        return json;
    }

    private DesiredCloudRoutes parse(Map<?, ?> json) {
        Map<Family, Place> places = new EnumMap<>(Family.class);
        ((Map<?, ?>) json.get("places")).forEach((family, place) -> {
            String mac = text((Map<?, ?>) place, "mac");
            places.put(
                    Family.valueOf(family.toString()),
                    new Place(
                            mac.isEmpty() ? Optional.empty() : Optional.of(Mac.parse(mac)),
                            Ip.parse(text((Map<?, ?>) place, "address"))));
        });
        return new DesiredCloudRoutes(
                NetworkConfig.withGivenSubnets(file.toString(), Json.compact(json.get("network"))),
                ((List<?>) json.get("subnets"))
                        .stream().map(each -> Cidr.parse(each.toString())).collect(Collectors.toSet()),
                places,
                Optional.of(text(json, "endpoint")).filter(url -> !url.isEmpty()),
                false);
    }

    private static String text(Map<?, ?> json, String field) {
        return json.get(field).toString();
    }
}
