package jflannel.tool;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.backend.StaticPeer;
import jflannel.etcd.EtcdRecords;
import jflannel.etcd.StaticPeers;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.StoredLease;
import jflannel.work.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `flannel peer`: hosts that take part without flanneld, by permanent keys in etcd.
@Command(
        name = "peer",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        synopsisSubcommandLabel = "COMMAND",
        description = "Hosts that take part without flanneld, by permanent keys in etcd.",
        subcommands = {
            PeerCommand.Listing.class,
            PeerCommand.Add.class,
            PeerCommand.Remove.class,
            PeerCommand.Script.class
        })
final class PeerCommand {
    @Command(name = "list", mixinStandardHelpOptions = true, description = "Shows all leases, and what is wrong.")
    static final class Listing implements Callable<Integer> {
        @Mixin
        private StoreFlags store;

        @Override
        public Integer call() throws IOException {
            try (EtcdRecords records = store.open()) {
                for (StoredLease lease : records.all(records.network())) {
                    System.out.println(Printable.line(words(lease)));
                }
            }
            return 0;
        }

        private static String words(StoredLease stored) {
            String what = stored.lease()
                    .map(lease -> lease.words() + " at "
                            + lease.announced().publicIps().values().stream()
                                    .map(Ip::toString)
                                    .collect(Collectors.joining(" and ")))
                    .orElse(stored.name());
            return what
                    + (stored.term() instanceof StoredLease.Term.Reserved ? ", permanent" : "")
                    + (stored.standing() == StoredLease.Standing.IGNORED ? ": left out, " + stored.why() : "");
        }
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Writes a permanent key for a host, after which all others route to it.")
    static final class Add implements Callable<Integer> {
        @Mixin
        private Subnets subnets;

        @Option(
                names = "--public-ip",
                required = true,
                arity = "1",
                paramLabel = "IP",
                description = "Where the others send its packets. May be given twice, for each family.")
        private List<String> publicIps = List.of();

        @Option(
                names = "--vtep-mac",
                paramLabel = "MAC",
                description = "MAC address of its vxlan device. Default: one derived from its public address")
        private Optional<String> vtepMac = Optional.empty();

        @Mixin
        private StoreFlags store;

        @Override
        public Integer call() throws IOException {
            Map<Family, Ip> addresses = Subnets.addresses("--public-ip", publicIps);
            List<Cidr> cidrs = subnets.read();
            try (EtcdRecords records = store.open()) {
                NetworkConfig network = records.network();
                Lease lease = StaticPeer.of(network, cidrs, addresses, vtepMac.map(Add::mac))
                        .lease();
                new StaticPeers(records).add(network, lease);
                System.out.println("added " + lease.words() + "; connect that host by what this prints:");
                System.out.println("  flannel peer script "
                        + cidrs.stream().map(Cidr::toString).collect(Collectors.joining(" ")));
            }
            return 0;
        }

        private static Mac mac(String word) {
            try {
                Mac mac = Mac.parse(word);
                if (!mac.isMulticast() && mac.bits() != 0) {
                    return mac;
                }
            } catch (IllegalArgumentException e) {
                // said below
            }
            throw new ConfigException("--vtep-mac", word, "Give the address of one device, such as 02:4b:b6:2f:54:4e.");
        }
    }

    @Command(name = "remove", mixinStandardHelpOptions = true, description = "Deletes a host's permanent key.")
    static final class Remove implements Callable<Integer> {
        @Mixin
        private Subnets subnets;

        @Mixin
        private StoreFlags store;

        @Override
        public Integer call() throws IOException {
            try (EtcdRecords records = store.open()) {
                new StaticPeers(records).remove(subnets.read());
            }
            return 0;
        }
    }

    @Command(
            name = "script",
            mixinStandardHelpOptions = true,
            description =
                    "Prints commands by which such a host reaches all others. Run them again when hosts come or go.")
    static final class Script implements Callable<Integer> {
        @Mixin
        private Subnets subnets;

        @Mixin
        private StoreFlags store;

        @Override
        public Integer call() throws IOException {
            List<Cidr> cidrs = subnets.read();
            try (EtcdRecords records = store.open()) {
                NetworkConfig network = records.network();
                List<Lease> leases = records.all(network).stream()
                        .filter(stored -> stored.standing() == StoredLease.Standing.USED)
                        .flatMap(stored -> stored.lease().stream())
                        .toList();
                Lease own = leases.stream()
                        .filter(lease -> lease.cidrs().equals(cidrs))
                        .findFirst()
                        .orElseThrow(() -> new ConfigException(
                                "SUBNET",
                                Stream.of(cidrs.toArray()).map(String::valueOf).collect(Collectors.joining(" ")),
                                "It is no peer's yet: add it first."));
                new StaticPeer(network, own).script(leases).forEach(System.out::println);
            }
            return 0;
        }
    }
}
