package jflannel.tool;

import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.backend.StaticPeer;
import jflannel.etcd.StaticPeers;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

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
    private static final String EXAMPLE = "Give a subnet such as 10.244.77.0/24; with both families, two of them.";

    /// The subnets of a peer, one of each family.
    static final class Subnets {
        @Parameters(paramLabel = "SUBNET", arity = "1..2", description = "Its subnet; one of each family.")
        private List<String> words = List.of();

        List<Cidr> read() {
            List<Cidr> cidrs =
                    words.stream().map(Subnets::read).sorted(Subnets::ipv4First).toList();
            if (cidrs.size() == 2
                    && cidrs.getFirst().family() == cidrs.getLast().family()) {
                throw new ConfigException("SUBNET", String.join(" ", words), EXAMPLE);
            }
            return cidrs;
        }

        private static int ipv4First(Cidr one, Cidr other) {
            return one.family().compareTo(other.family());
        }

        private static Cidr read(String word) {
            try {
                Cidr cidr = Cidr.parse(word);
                if (!cidr.toString().equals(word)) {
                    throw new ConfigException("SUBNET", word, "The subnet of that address is " + cidr + ".");
                }
                return cidr;
            } catch (IllegalArgumentException e) {
                throw new ConfigException("SUBNET", word, EXAMPLE);
            }
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Shows all leases, and what is wrong.")
    static final class Listing implements Callable<Integer> {
        @Mixin
        private StoreFlags store;

        @Override
        public Integer call() throws IOException {
            try (StaticPeers peers = store.open()) {
                for (StaticPeers.Entry entry : peers.all(peers.network())) {
                    System.out.println(words(entry));
                }
            }
            return 0;
        }

        private static String words(StaticPeers.Entry entry) {
            String what = entry.lease()
                    .map(lease -> lease.words() + " at "
                            + lease.announced().publicIps().values().stream()
                                    .map(Ip::toString)
                                    .collect(Collectors.joining(" and ")))
                    .orElse(entry.name());
            return what
                    + (entry.permanent() ? ", permanent" : "")
                    + (entry.fault().isEmpty() ? "" : ": left out, " + entry.fault());
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
            Map<Family, Ip> addresses = addresses();
            List<Cidr> cidrs = subnets.read();
            try (StaticPeers peers = store.open()) {
                NetworkConfig network = peers.network();
                Lease lease = StaticPeer.of(network, cidrs, addresses, vtepMac.map(Add::mac))
                        .lease();
                peers.add(network, lease);
                System.out.println("added " + lease.words() + "; connect that host by what this prints:");
                System.out.println("  flannel peer script "
                        + cidrs.stream().map(Cidr::toString).collect(Collectors.joining(" ")));
            }
            return 0;
        }

        private Map<Family, Ip> addresses() {
            Map<Family, Ip> addresses = new EnumMap<>(Family.class);
            for (String word : publicIps) {
                Ip ip;
                try {
                    ip = Ip.parse(word);
                } catch (IllegalArgumentException e) {
                    throw new ConfigException("--public-ip", word, "Give an address such as 192.0.2.10.");
                }
                if (addresses.put(ip.family(), ip) != null) {
                    throw new ConfigException("--public-ip", word, "There is one of its family already.");
                }
            }
            return addresses;
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
            try (StaticPeers peers = store.open()) {
                peers.remove(subnets.read());
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
            try (StaticPeers peers = store.open()) {
                NetworkConfig network = peers.network();
                List<Lease> leases = peers.all(network).stream()
                        .filter(entry -> entry.fault().isEmpty())
                        .flatMap(entry -> entry.lease().stream())
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
