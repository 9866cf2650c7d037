package jflannel.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lab.cloud.CloudFaults;
import jflannel.lab.cloud.CloudStandIn;
import jflannel.lab.cloud.Machine;
import jflannel.lease.BackendType;

/// The cloud of a lab: its API and its metadata service listen on the router, and the routes of its table are in
/// the router's kernel, so that pods' packets go by what flanneld asks of the API. It ends with this process,
/// also if the lab is kept; the routes stay.
public final class LabCloud implements AutoCloseable {
    private static final int PORT = 8180;
    private static final int HTTP = 80;
    /// Added to the number of a machine that takes another's place.
    private static final int REPLACED = 100;
    /// Where Alibaba's library asks for the keys of a role, which nothing can change.
    private static final Ip ALI = Ip.parse("100.100.100.200");

    private final BackendType backend;
    private final Set<Family> families;
    private final LabHost router;
    private final String url;
    private final CloudStandIn cloud;

    private LabCloud(BackendType backend, LabHost router, Set<Family> families) throws IOException {
        this.backend = backend;
        this.families = Set.copyOf(families);
        this.router = router;
        this.url = url(backend, families);
        boolean ownAddress = backend == BackendType.ALI_VPC;
        if (ownAddress) {
            router.ip("address add " + ALI + "/32 dev lo");
        }
        InetSocketAddress address = new InetSocketAddress(
                InetAddress.getByAddress((ownAddress ? ALI : address(families)).bytes()), ownAddress ? HTTP : PORT);
        this.cloud = router.call(() -> CloudStandIn.start(backend, address, this::route));
    }

    /// The cloud in which these nodes are machines.
    static LabCloud start(BackendType backend, LabHost router, List<LabNode> nodes, Set<Family> families)
            throws IOException {
        LabCloud lab = new LabCloud(backend, router, families);
        for (Family family : families) {
            // a cloud drops what has no route, and says nothing
            router.ip("route replace blackhole " + LabAddresses.network(family));
        }
        for (LabNode node : nodes) {
            lab.cloud.add(machine(node, node.number(), families));
            if (backend == BackendType.ALI_VPC) {
                node.host().ip("route replace " + ALI + " via " + LabAddresses.router(Family.IPV4));
            }
        }
        return lab;
    }

    private static Machine machine(LabNode node, int number, Set<Family> families) throws IOException {
        Map<Family, Ip> addresses = new EnumMap<>(Family.class);
        families.forEach(family -> addresses.put(family, LabAddresses.node(node.number(), family)));
        String mac =
                node.host().sh("ip -o link show " + LabNode.UNDERLAY + " | sed 's:.*link/ether \\([^ ]*\\).*:\\1:'");
        return new Machine(number, mac, addresses);
    }

    private static Ip address(Set<Family> families) {
        return LabAddresses.router(families.iterator().next());
    }

    private static String url(BackendType backend, Set<Family> families) {
        if (backend == BackendType.ALI_VPC) {
            return "http://" + ALI;
        }
        Ip address = address(families);
        return "http://" + (address.family() == Family.IPV4 ? address : "[" + address + "]") + ":" + PORT;
    }

    /// What tells flanneld where the cloud is.
    List<String> flags() {
        return List.of("--cloud-endpoint=" + url);
    }

    /// What tells the clouds' own libraries where the metadata service is.
    public Map<String, String> environment() {
        return switch (backend) {
            case AWS_VPC -> Map.of("AWS_EC2_METADATA_SERVICE_ENDPOINT", url);
            case GCE -> Map.of("GCE_METADATA_HOST", url.replace("http://", ""));
            case TENCENT_VPC -> Map.of("TENCENTCLOUD_METADATA_ENDPOINT", url);
            default -> Map.of();
        };
    }

    private void route(Cidr destination, Optional<Machine> target) {
        String[] words = target.map(machine -> machine.addresses().get(destination.family()))
                .map(via -> new String[] {"ip", "route", "replace", destination.toString(), "via", via.toString()})
                .orElseGet(() -> new String[] {"ip", "route", "del", destination.toString()});
        try {
            router.attempt(words); // that a route is gone already is fine
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /// Somebody deletes the routes of a node from the cloud's table.
    public void deleteRoutesOf(LabNode node) throws IOException {
        node.env().subnets().values().forEach(cloud::delete);
    }

    /// What goes wrong in it.
    public CloudFaults faults() {
        return cloud.faults();
    }

    /// Another machine takes a node's place, with its addresses. Routes to the former one lead nowhere, unless the
    /// cloud's routes lead to addresses.
    public void replace(LabNode node) throws IOException {
        cloud.remove(node.number());
        if (backend != BackendType.TENCENT_VPC) {
            for (Cidr subnet : node.env().subnets().values()) {
                route(subnet, Optional.empty());
            }
        }
        cloud.add(machine(node, node.number() + REPLACED, families));
    }

    @Override
    public void close() {
        cloud.close();
    }
}
