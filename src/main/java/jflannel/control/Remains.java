package jflannel.control;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import jflannel.backend.Backend;
import jflannel.backend.Backends;
import jflannel.ip.Cidr;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.Outcome;
import jflannel.kernel.Ownership;
import jflannel.kernel.Route;
import jflannel.lease.ConfigException;
import jflannel.lease.NetworkConfig;
import jflannel.underlay.Underlay;

/// What earlier sessions made in the kernel, by a network configuration and flags that may have been others than now.
/// Nobody looks after such things any more, so they are removed once the session of now carries the packets. What is
/// not named here may be another flanneld's on the same host.
///
/// @param devices names of the backends' devices
/// @param networks of the pods
public record Remains(Set<String> devices, Set<Cidr> networks) {
    private static final Logger LOG = System.getLogger(Remains.class.getName());
    public static final Remains NONE = new Remains(Set.of(), Set.of());

    /// What sessions with that configuration make.
    static Remains of(NetworkConfig config, Backend backend) {
        return new Remains(backend.devices(), Node.networks(config));
    }

    /// As the other, of a session in another process.
    static Remains of(NetworkConfig config, Underlay underlay, Kernel kernel) {
        try (Backend backend = Backends.create(config, underlay, kernel, Optional.empty())) {
            return of(config, backend);
        } catch (ConfigException e) {
            return new Remains(Set.of(), Node.networks(config)); // such a backend cannot have been at work
        }
    }

    Remains and(Remains others) {
        return new Remains(union(devices, others.devices), union(networks, others.networks));
    }

    private static <T> Set<T> union(Set<T> some, Set<T> others) {
        Set<T> all = new HashSet<>(some);
        all.addAll(others);
        return Set.copyOf(all);
    }

    /// Removes all of it but what belongs to `present` too.
    ///
    /// @param blackholes false to remove the [BlackholeRoutes] too
    void remove(Kernel kernel, Remains present, boolean blackholes) {
        devices.stream().filter(device -> !present.devices.contains(device)).forEach(device -> remove(kernel, device));
        Predicate<Route> unwanted = route -> !blackholes && BlackholeRoutes.isOne(route);
        Predicate<Route> former = route -> route.protocol() == Route.OURS
                && isIn(networks, route.destination())
                && !isIn(present.networks, route.destination());
        try {
            Outcome outcome = kernel.converge(Ownership.ofRoutes(unwanted.or(former)), List.of());
            if (outcome.changed()) {
                int count = outcome.deleted().size();
                LOG.log(Level.INFO, "removed routes that are not needed any more: " + count);
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "routes that are not needed any more may be left: " + e.getMessage());
        }
    }

    private static boolean isIn(Set<Cidr> networks, Cidr destination) {
        return networks.stream().anyMatch(network -> network.contains(destination));
    }

    private static void remove(Kernel kernel, String device) {
        try {
            Optional<Link> link = kernel.link(device);
            if (link.isPresent()) {
                kernel.delete(link.get());
                LOG.log(Level.INFO, "removed " + device + ", which is not needed any more");
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, device + " is not needed any more, but stays: " + e.getMessage());
        }
    }
}
