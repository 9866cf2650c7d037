package jflannel.cloud;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.cloud.DesiredCloudRoutes.Place;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lab.cloud.Machine;
import jflannel.lab.cloud.TableStandIn;
import jflannel.lease.NetworkConfig;
import jflannel.testing.OwnNetns;
import jflannel.testing.Sh;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// A VPC whose routes have an ID and a text, that is stood in for, and nodes in it.
@ExtendWith(OwnNetns.class)
public abstract class TableCloud<C extends TableStandIn> {
    protected final Clock clock = new Clock();
    protected C cloud;

    @TempDir
    Path folder;

    /// What differs between the vendors.
    ///
    /// @param list the action that lists routes
    public record Vendor(String backend, String main, String list, String create, String delete) {}

    protected abstract Vendor vendor();

    protected abstract C startCloud() throws Exception;

    protected abstract CloudRoutes open(DesiredCloudRoutes wanted, String metadataUrl)
            throws CloudException, InterruptedException;

    /// One more table.
    protected abstract String table(int number);

    /// Where routes to a machine lead.
    protected abstract String hop(int machine);

    @BeforeEach
    void start() throws Exception {
        Sh.sh("ip link set lo up");
        cloud = startCloud();
        cloud.add(machine(1));
    }

    @AfterEach
    void stop() {
        cloud.close();
    }

    protected static Machine machine(int number) {
        return new Machine(
                number,
                "52:54:00:00:%02x:%02x".formatted(number >> 8, number & 255),
                Map.of(Family.IPV4, Ip.parse("172.31.%d.%d".formatted(number >> 8, number & 255))));
    }

    protected static Cidr subnet(int node) {
        return Cidr.parse("10.5.%d.0/24".formatted(node));
    }

    protected DesiredCloudRoutes wanted(int node, String options) {
        Machine machine = machine(node);
        NetworkConfig network = NetworkConfig.parse(
                "/config",
                "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"" + vendor().backend() + "\"" + options + "}}");
        Place place = new Place(
                Optional.of(Mac.parse(machine.mac())), machine.addresses().get(Family.IPV4));
        return new DesiredCloudRoutes(
                network, Set.of(subnet(node)), Map.of(Family.IPV4, place), Optional.of(cloud.url()), false);
    }

    protected CloudNode node(DesiredCloudRoutes wanted, int number) {
        CloudNode node = new CloudNode(wanted, clock, number, now -> open(now, cloud.url() + "/machine-" + number));
        node.others(new OtherNodes(List.of(), true));
        return node;
    }

    CloudNode remembering(DesiredCloudRoutes wanted) {
        return new CloudNode(wanted, clock, 1, now -> open(now, cloud.url() + "/machine-1"), folder.resolve("routes"));
    }

    protected CloudNode node(int number) {
        return node(wanted(number, ""), number);
    }

    protected String target(Cidr subnet) {
        return cloud.routes(vendor().main()).getOrDefault(subnet, "none");
    }
}
