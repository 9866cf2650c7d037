package jflannel.doctor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.control.Overlay;
import jflannel.control.PodTraffic;
import jflannel.inspect.Inspection;
import jflannel.inspect.Inspector;
import jflannel.inspect.KnownLeases;
import jflannel.inspect.LocalFlannel;
import jflannel.inspect.Part;
import jflannel.ip.Cidr;
import jflannel.kernel.Kernel;
import jflannel.kernel.RouteSocket;
import jflannel.lease.Lease;
import jflannel.lease.Peers;
import jflannel.lease.SubnetFile;
import jflannel.options.Options;

/// Takes a [Snapshot] of this host. Changes nothing, and sends no packet to a peer.
public final class Examiner {
    /// For the store: a slow answer is better than a wrong cause.
    private static final Duration PATIENCE = Duration.ofSeconds(4);

    /// How many peers to think of.
    private static final int SAMPLES = 8;

    private final Inspection flannel;
    private final Kernel kernel;
    private final List<Unexamined> unexamined = new ArrayList<>();

    private Examiner(Inspection flannel, Kernel kernel) {
        this.flannel = flannel;
        this.kernel = kernel;
    }

    /// @throws IOException if the kernel cannot be read at all
    public static Snapshot look(LocalFlannel flannel) throws IOException {
        Inspection inspection = Inspector.look(flannel, PATIENCE);
        try (Kernel kernel = new RouteSocket()) {
            return new Examiner(inspection, kernel).look();
        }
    }

    private Snapshot look() {
        Machine none = new Machine("", Map.of(), Set.of(), Map.of(), Set.of());
        Machine machine =
                attempt("the kernel's settings, modules and counters", new MachineReader(kernel, flannel)::read, none);
        StoreCheck store = new StoreReader(flannel).read();
        note("the network configuration", flannel.network());
        note("this node's lease", flannel.own());
        note("the interface to the other nodes, and the backend's devices", flannel.overlay());
        note("routes, neighbor and fdb entries", flannel.comparison());
        if (flannel.flannel().process().isPresent() && !flannel.flannel().isGo()) {
            note("what flanneld says", flannel.status());
        }
        if (store.fault() == StoreCheck.Fault.UNKNOWN) {
            unexamined.add(new Unexamined(
                    "the store",
                    "flanneld does not run, so its flags are not known: give --etcd-endpoints and others"));
        }
        if (store.fault() == StoreCheck.Fault.NONE && store.ahead().isEmpty()) {
            unexamined.add(new Unexamined("the store's clock", "the store does not tell"));
        }
        return new Snapshot(
                flannel,
                machine,
                store,
                surroundings(),
                rules(),
                attempt("/etc/cni and /var/lib/cni", new CniReader(kernel, flannel, subnets())::read, Cni.NONE),
                List.of(),
                List.of(),
                unexamined);
    }

    private Collection<Lease> peers() {
        return flannel.leases().value().map(KnownLeases::peers).orElse(List.of());
    }

    private Collection<Cidr> subnets() {
        return flannel.own()
                .value()
                .map(Lease::cidrs)
                .orElse(flannel.subnetFile().value().map(SubnetFile::subnets).orElse(List.of()));
    }

    private Surroundings surroundings() {
        Optional<Overlay> overlay = flannel.overlay().value();
        Optional<Lease> own = flannel.own().value();
        if (overlay.isEmpty() || own.isEmpty()) {
            unexamined.add(new Unexamined("the packets' ways, and this host's networks", "see above"));
            return Surroundings.NONE;
        }
        SurroundingsReader reader = new SurroundingsReader(kernel, flannel, overlay.get(), own.get(), peers());
        return attempt("the packets' ways, and this host's networks", reader::read, Surroundings.NONE);
    }

    private Rules rules() {
        Optional<Overlay> overlay = flannel.overlay().value();
        Optional<Lease> own = flannel.own().value();
        if (overlay.isEmpty() || own.isEmpty()) {
            unexamined.add(new Unexamined("firewall rules of other programs", "see above"));
            return Rules.NONE;
        }
        Peers peers = Peers.of(peers().stream().limit(SAMPLES).toList());
        Options.Firewall flags = flannel.flannel().options().firewall;
        return attempt(
                "firewall rules of other programs",
                () -> RulesReader.read(PodTraffic.of(overlay.get(), own.get(), peers, flags)),
                Rules.NONE);
    }

    private void note(String what, Part<?> part) {
        if (part instanceof Part.Missing<?>(String why)) {
            unexamined.add(new Unexamined(what, why));
        }
    }

    private interface Reader<T> {
        T read() throws IOException;
    }

    private <T> T attempt(String what, Reader<T> reader, T otherwise) {
        try {
            return reader.read();
        } catch (IOException e) {
            unexamined.add(new Unexamined(what, String.valueOf(e.getMessage())));
            return otherwise;
        }
    }
}
