package jflannel.tool;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import jflannel.daemon.Flanneld;
import jflannel.etcd.EtcdRecords;
import jflannel.etcd.Reservations;
import jflannel.inspect.LocalFlannel;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kube.KubeSettings;
import jflannel.kube.NodeLeases;
import jflannel.lease.ConfigException;
import jflannel.lease.StoredLease;
import jflannel.lease.SubnetKey;
import jflannel.work.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `flannel lease`: which host has which subnet.
@Command(
        name = "lease",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Which host has which subnet.",
        subcommands = {
            LeaseCommand.Listing.class,
            LeaseCommand.Show.class,
            LeaseCommand.Reserve.class,
            LeaseCommand.Release.class
        })
final class LeaseCommand {
    /// The store, etcd or Kubernetes, and the form of the output.
    static final class Source {
        @Mixin
        private StoreFlags etcd;

        @Mixin
        private KubeFlags kube;

        @Option(
                names = {"-o", "--output"},
                defaultValue = "text",
                paramLabel = "text|json",
                description = "For people, or for programs. Default: ${DEFAULT-VALUE}")
        private Form form;

        List<StoredLease> read() throws IOException {
            LocalFlannel flannel = etcd.flannel(kube.flags());
            if (flannel.options().kube.subnetManager) {
                KubeSettings settings = Flanneld.kubeSettings(
                        flannel.options().kube, flannel.environment(), flannel.file(KubeSettings.SERVICE_ACCOUNT));
                try (NodeLeases nodes = new NodeLeases(settings)) {
                    return nodes.all(nodes.network());
                }
            }
            try (EtcdRecords records = StoreFlags.open(flannel.options())) {
                return records.all(records.network());
            }
        }
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Lists all leases and reservations: whose they are, when they end, and whether they count.")
    static final class Listing implements Callable<Integer> {
        @Mixin
        private Source source;

        @Override
        public Integer call() throws IOException {
            List<StoredLease> leases = source.read();
            System.out.print(source.form == Form.json ? LeaseText.json(leases) : LeaseText.table(leases));
            return 0;
        }
    }

    @Command(
            name = "show",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Shows all that is known of a lease, and why the other hosts ignore it if they do.")
    static final class Show implements Callable<Integer> {
        @Parameters(
                paramLabel = "SUBNET|HOST",
                description = "A subnet, an address in one, a host's public address, or the name of a node or key.")
        private String which;

        @Mixin
        private Source source;

        @Override
        public Integer call() throws IOException {
            List<StoredLease> all = source.read();
            List<StoredLease> found = all.stream().filter(this::isMeant).toList();
            if (found.isEmpty()) {
                throw new ConfigException(
                        "SUBNET|HOST",
                        which,
                        "Of the %d leases in the store, none is of that name, subnet or address. List them by: flannel lease list"
                                .formatted(all.size()));
            }
            System.out.print(
                    source.form == Form.json
                            ? LeaseText.json(found)
                            : String.join(
                                    "\n", found.stream().map(LeaseText::details).toList()));
            return 0;
        }

        private boolean isMeant(StoredLease lease) {
            if (lease.name().equals(which)) {
                return true;
            }
            try {
                if (which.contains("/")) {
                    Cidr cidr = Cidr.parse(which);
                    return lease.cidrs().stream().anyMatch(cidr::overlaps);
                }
                Ip ip = Ip.parse(which);
                return lease.cidrs().stream().anyMatch(cidr -> cidr.contains(ip))
                        || lease.announced().stream()
                                .anyMatch(it -> it.publicIps().containsValue(ip));
            } catch (IllegalArgumentException e) {
                return false;
            }
        }
    }

    @Command(
            name = "reserve",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Sets a subnet aside for a host, in etcd, until it is released. Without --for, a host that has the subnet"
                        + " now keeps it.",
                "Go flannel makes an ordinary lease of a reservation when it takes it."
            })
    static final class Reserve implements Callable<Integer> {
        @Mixin
        private Subnets subnets;

        @Option(
                names = "--for",
                paramLabel = "IP",
                description = "The public address of the host. May be given twice, for each family.")
        private List<String> addresses = List.of();

        @Mixin
        private StoreFlags store;

        @Override
        public Integer call() throws IOException {
            List<Cidr> cidrs = subnets.read();
            var holder = Subnets.addresses("--for", addresses);
            try (EtcdRecords records = store.open()) {
                System.out.println(new Reservations(records).reserve(records.network(), cidrs, holder));
            }
            return 0;
        }
    }

    @Command(
            name = "release",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Ends a reservation in etcd. A host that uses the subnet keeps it as an ordinary lease.",
                "A lease that a host renews is left alone unless --force is given; the output says what then happens."
            })
    static final class Release implements Callable<Integer> {
        @Parameters(
                paramLabel = "SUBNET",
                arity = "1..2",
                description = "Its subnet, of each family, or its key's name.")
        private List<String> words = List.of();

        @Option(names = "--force", description = "Delete it at once, whoever uses it.")
        private boolean force;

        @Mixin
        private StoreFlags store;

        @Override
        public Integer call() throws IOException {
            try (EtcdRecords records = store.open()) {
                System.out.println(Printable.line(new Reservations(records).release(records.network(), name(), force)));
            }
            return 0;
        }

        private String name() {
            boolean key = words.size() == 1 && !words.getFirst().contains("/");
            return key ? words.getFirst() : SubnetKey.format(Subnets.read(words));
        }
    }
}
