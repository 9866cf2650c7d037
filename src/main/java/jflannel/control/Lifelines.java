package jflannel.control;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.status.Board;
import jflannel.underlay.Resolvers;
import jflannel.work.Worker;

/// Finds the addresses of the servers that this host cannot do without: its store, which may be given by name, and its
/// name servers. On a thread of its own, since a name server may be slow or silent.
final class Lifelines implements AutoCloseable {
    /// Names get other addresses, and the host other name servers, seldom.
    private static final Duration PAUSE = Duration.ofSeconds(30);
    /// So much sooner while a name has never been found.
    private static final int SOONER = 10;

    private final Supplier<List<String>> store;
    private final Lookup lookup;
    private final Duration pause;
    private final Consumer<Servers> listener;
    private final Map<String, List<Ip>> known = new HashMap<>();
    private final Worker worker;
    private Servers last;

    /// What was found.
    ///
    /// @param names the name servers
    record Servers(Set<Ip> store, Set<Ip> names) {
        static final Servers NONE = new Servers(Set.of(), Set.of());

        /// True if one of them has an address in that network.
        boolean isIn(Cidr network) {
            return Stream.concat(store.stream(), names.stream()).anyMatch(network::contains);
        }
    }

    /// Asks for the addresses of a host, given by its name or by an address.
    interface Lookup {
        List<Ip> addresses(String host) throws UnknownHostException;
    }

    /// @param store the names or addresses of the store's hosts
    /// @param listener hears what was found at first, and of each change, on this thread
    Lifelines(Supplier<List<String>> store, Board board, Consumer<Servers> listener) {
        this(store, Lifelines::bySystem, PAUSE, board, listener);
    }

    Lifelines(Supplier<List<String>> store, Lookup lookup, Duration pause, Board board, Consumer<Servers> listener) {
        this.store = store;
        this.lookup = lookup;
        this.pause = pause;
        this.listener = listener;
        this.worker = Worker.start("lifelines", board, this::turn);
    }

    private void turn() throws InterruptedException {
        List<String> hosts = store.get();
        known.keySet().retainAll(hosts);
        hosts.forEach(this::learn);
        Set<Ip> addresses = new LinkedHashSet<>();
        known.values().forEach(addresses::addAll);
        Servers now = new Servers(Set.copyOf(addresses), Set.copyOf(Resolvers.read()));
        if (!now.equals(last)) {
            last = now;
            listener.accept(now);
        }
        Thread.sleep(known.keySet().containsAll(hosts) ? pause : pause.dividedBy(SOONER));
    }

    /// A name that cannot be looked up now keeps the addresses that it had.
    private void learn(String host) {
        try {
            known.put(host, lookup.addresses(host));
        } catch (UnknownHostException e) {
            // the store's client says so, and this asks again
        }
    }

    private static List<Ip> bySystem(String host) throws UnknownHostException {
        List<Ip> addresses = new ArrayList<>();
        for (InetAddress address : InetAddress.getAllByName(host)) {
            addresses.add(Ip.of(address.getAddress()));
        }
        return addresses;
    }

    @Override
    public void close() {
        worker.close();
    }
}
