package jflannel.inspect;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.LastKnown;
import jflannel.lease.Lease;
import jflannel.lease.LeaseList;
import jflannel.lease.LeaseStore;
import jflannel.lease.NetworkConfig;
import jflannel.report.ReportedStatus;
import jflannel.status.Condition;
import jflannel.status.Finding;

/// What a store answers to one question, within a time limit.
///
/// @param network empty if the store does not answer, or has none that can be used
/// @param list empty likewise
/// @param publicIps of this node, by family, that an administrator wrote into the store
/// @param hosts addresses of the store's servers
/// @param fault why not all was read; empty if all was
/// @param cause likewise
record StoreReading(
        Optional<NetworkConfig> network,
        Map<Family, Ip> publicIps,
        Optional<LeaseList> list,
        List<Ip> hosts,
        String words,
        String fault,
        Optional<Throwable> cause) {

    /// What the running daemon says of its store.
    static StoreReading asReported(LastKnown last, ReportedStatus status) {
        Optional<String> silent = status.findings().stream()
                .filter(finding -> finding.condition() == Condition.STORE_SILENT)
                .map(Finding::detail)
                .findFirst();
        return new StoreReading(
                Optional.of(last.network()),
                last.publicIps(),
                Optional.empty(),
                List.of(),
                last.store(),
                silent.orElse(""),
                silent.map(IOException::new));
    }

    /// Picks this node's lease out of all.
    interface Chooser extends BiFunction<Map<Family, Ip>, List<Lease>, Optional<Lease>> {}

    /// Reads on a thread of its own, which is in the calling thread's network namespace, as a client may wait for as
    /// long as it likes.
    static StoreReading within(Duration patience, Supplier<LeaseStore> stores, Chooser chooser) {
        Progress progress = new Progress();
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofPlatform().daemon().name("store-reading").start(() -> {
            try {
                progress.read(stores, chooser);
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        try {
            done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
            return progress.result("", null);
        } catch (TimeoutException e) {
            return progress.result("it does not answer within %d ms".formatted(patience.toMillis()), e);
        } catch (ExecutionException e) {
            return progress.result(words(e.getCause()), e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return progress.result("interrupted", e);
        }
    }

    private static String words(Throwable fault) {
        return fault.getMessage() == null ? fault.toString() : fault.getMessage();
    }

    /// What has been read so far.
    private static final class Progress {
        private volatile NetworkConfig network;
        private volatile Map<Family, Ip> publicIps = Map.of();
        private volatile LeaseList list;
        private volatile List<Ip> hosts = List.of();
        private volatile String words = "";

        void read(Supplier<LeaseStore> stores, Chooser chooser) throws IOException {
            try (LeaseStore store = stores.get()) {
                words = store.toString();
                network = store.networkConfig();
                publicIps = store.publicIps();
                hosts = addresses(store.hosts());
                list = store.list(network, leases -> chooser.apply(publicIps, leases));
            }
        }

        private static List<Ip> addresses(List<String> hosts) {
            List<Ip> addresses = new ArrayList<>();
            for (String host : hosts) {
                try {
                    for (InetAddress address : InetAddress.getAllByName(host)) {
                        addresses.add(Ip.of(address.getAddress()));
                    }
                } catch (UnknownHostException e) {
                    // the client reached another one
                }
            }
            return List.copyOf(addresses);
        }

        StoreReading result(String fault, Throwable cause) {
            return new StoreReading(
                    Optional.ofNullable(network),
                    publicIps,
                    Optional.ofNullable(list),
                    hosts,
                    words,
                    fault,
                    Optional.ofNullable(cause));
        }
    }
}
