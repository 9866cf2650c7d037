package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.dualConfig;
import static jflannel.backend.Cluster.dualOwn;
import static jflannel.backend.Cluster.dualPeer;
import static jflannel.backend.Cluster.hostWithStore;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.peers;
import static jflannel.backend.Cluster.underlay;
import static jflannel.backend.Cluster.vtep;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Link;
import jflannel.kernel.Neighbor;
import jflannel.kernel.Path;
import jflannel.kernel.Route;
import jflannel.kernel.Vxlan;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.underlay.PeerPath;
import jflannel.underlay.Underlay;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VxlanBackendTest {
    private static final Lease OWN = lease("vxlan", "10.5.1.0/24", "192.0.2.1");

    private final FakeKernel kernel = new FakeKernel();
    private final Link eth0 = kernel.add("eth0", "veth", 1500, Mac.parse("02:00:00:00:00:01"), null);

    private Rig backend(String options) throws Exception {
        Rig backend = new Rig(config(options), underlay("192.0.2.1"), kernel);
        backend.announce();
        return backend;
    }

    @Test
    void aPeerIsThreeEntriesAndTheNodeItselfOneAddress() throws Exception {
        backend("{\"Type\":\"vxlan\"}")
                .reconcile(OWN, peers(lease("vxlan", "10.5.2.0/24", "192.0.2.2", vtep("82:4b:b6:2f:54:4e"))));
        assertThat(kernel.shown())
                .containsExactly(
                        "address 10.5.1.0/32 dev flannel.1",
                        "fdb 82:4b:b6:2f:54:4e dst 192.0.2.2 dev flannel.1",
                        "neighbor 10.5.2.0 lladdr 82:4b:b6:2f:54:4e dev flannel.1",
                        "route 10.5.2.0/24 via 10.5.2.0 dev flannel.1 onlink");
    }

    @Test
    void checksumOffloadIsAsConfiguredAndStaysSo() throws Exception {
        kernel.withoutOffload.add("flannel.1");
        backend("{\"Type\":\"vxlan\"}").announce();
        assertThat(kernel.withoutOffload).as("auto leaves it").contains("flannel.1");
        Rig on = backend("{\"Type\":\"vxlan\",\"ChecksumOffload\":\"on\"}");
        assertThat(kernel.withoutOffload).isEmpty();
        Rig off = backend("{\"Type\":\"vxlan\",\"ChecksumOffload\":\"off\"}");
        assertThat(kernel.withoutOffload).containsExactly("flannel.1");
        on.announce();
        assertThat(kernel.withoutOffload).isEmpty();
        off.announce();
        assertThat(kernel.withoutOffload).containsExactly("flannel.1");
    }

    @Test
    void bothFamiliesHaveADeviceAndTheSmallerMtuCounts() throws Exception {
        Rig backend = new Rig(dualConfig("{\"Type\":\"vxlan\"}"), underlay("192.0.2.1", "2001:db8::1"), kernel);
        backend.announce();
        Lease own = dualOwn();
        Lease peer = dualPeer();
        backend.reconcile(own, peers(peer));
        assertThat(kernel.shown())
                .contains(
                        "address fd05:0:0:1::/128 dev flannel-v6.1",
                        "fdb 82:4b:b6:2f:54:4f dst 2001:db8::2 dev flannel-v6.1",
                        "neighbor fd05:0:0:2:: lladdr 82:4b:b6:2f:54:4f dev flannel-v6.1",
                        "route fd05:0:0:2::/64 via fd05:0:0:2:: dev flannel-v6.1 onlink",
                        "route 10.5.2.0/24 via 10.5.2.0 dev flannel.1 onlink");
        assertThat(kernel.links.get("flannel.1").mtu()).isEqualTo(1450);
        assertThat(kernel.links.get("flannel-v6.1").mtu()).isEqualTo(1430);
        assertThat(backend.backend().mtu()).isEqualTo(1430);
    }

    @Test
    void whatItPublishesIsByteForByteWhatGoFlannelSplits() throws Exception {
        kernel.add("flannel.1", "vxlan", 1450, Mac.parse("ba:b4:1b:5d:88:71"), fitting());
        assertThat(new Rig(config("{\"Type\":\"vxlan\"}"), underlay("192.0.2.1"), kernel)
                        .announce()
                        .backendData(Family.IPV4))
                .contains("{\"VNI\":1,\"VtepMAC\":\"ba:b4:1b:5d:88:71\"}");
    }

    @Test
    void aFittingDeviceOfGoFlannelIsKeptWithItsMacAndItsEntriesBecomeOurs() throws Exception {
        Link kept = kernel.add("flannel.1", "vxlan", 1450, Mac.parse("ba:b4:1b:5d:88:71"), fitting());
        kernel.objects.add(goRoute("10.5.2.0/24", "10.5.2.0", kept, true));
        kernel.objects.add(goRoute("10.5.9.0/24", "10.5.9.0", kept, true));
        kernel.objects.add(Neighbor.forwarding(kept.index(), Mac.parse("02:00:00:00:00:99"), Ip.parse("192.0.2.9")));
        backend("{\"Type\":\"vxlan\"}")
                .reconcile(OWN, peers(lease("vxlan", "10.5.2.0/24", "192.0.2.2", vtep("82:4b:b6:2f:54:4e"))));
        assertThat(kernel.links.get("flannel.1")).isEqualTo(kept);
        assertThat(kernel.shown()).hasSize(4).noneMatch(line -> line.contains("10.5.9") || line.contains("192.0.2.9"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            another VNI        | 2 | 8472 | 192.0.2.1 | 1 | false
            another port       | 1 | 4789 | 192.0.2.1 | 1 | false
            another address    | 1 | 8472 | 192.0.2.7 | 1 | false
            another interface  | 1 | 8472 | 192.0.2.1 | 9 | false
            learning           | 1 | 8472 | 192.0.2.1 | 1 | true
            """)
    void aDeviceThatDoesNotFitIsReplacedAndKeepsItsMac(
            String what, int vni, int port, String local, int lower, boolean learning) throws Exception {
        Link old = kernel.add(
                "flannel.1",
                "vxlan",
                1450,
                Mac.parse("ba:b4:1b:5d:88:71"),
                new Vxlan(vni, port, Ip.parse(local), lower, learning, false));
        backend("{\"Type\":\"vxlan\"}");
        Link now = kernel.links.get("flannel.1");
        assertThat(now.index()).isNotEqualTo(old.index());
        assertThat(now.mac()).isEqualTo(old.mac());
    }

    @Test
    void aLostDeviceComesBackWithItsMacAndAllPeers() throws Exception {
        Rig backend = backend("{\"Type\":\"vxlan\"}");
        var peers = peers(lease("vxlan", "10.5.2.0/24", "192.0.2.2", vtep("82:4b:b6:2f:54:4e")));
        backend.reconcile(OWN, peers);
        Mac mac = kernel.links.get("flannel.1").mac();
        var before = kernel.shown();
        kernel.delete(kernel.links.get("flannel.1"));
        backend.reconcile(OWN, peers);
        assertThat(kernel.shown()).isEqualTo(before);
        assertThat(kernel.links.get("flannel.1").mac()).isEqualTo(mac);
    }

    @Test
    void theDeviceOfASecondFamilyGetsItsOwnMacBackAfterOneExternalDeviceHadCarriedBoth() throws Exception {
        Underlay underlay = underlay("192.0.2.1", "2001:db8::1");
        Announcement before = new Rig(dualConfig("{\"Type\":\"vxlan\"}"), underlay, kernel).announce();
        Announcement external =
                new Rig(dualConfig("{\"Type\":\"vxlan\",\"External\":true}"), underlay, kernel, before).announce();
        assertThat(external.backendData(Family.IPV6)).isEqualTo(before.backendData(Family.IPV4));
        // also where a daemon that did not know this has made the device with the shared one
        Link shared = kernel.links.get("flannel.1");
        kernel.add("flannel-v6.1", "vxlan", 1430, shared.mac(), shared.properties());
        assertThat(new Rig(dualConfig("{\"Type\":\"vxlan\"}"), underlay, kernel, external).announce())
                .isEqualTo(before);
    }

    @Test
    void aDeviceThatGotAnotherNameGoesForTheKernelMakesNoSecondOne() throws Exception {
        Rig backend = backend("{\"Type\":\"vxlan\"}");
        Link link = kernel.links.remove("flannel.1");
        Link renamed = kernel.add("tunnel", "vxlan", link.mtu(), link.mac(), link.properties());
        Vxlan others = new Vxlan(2, 8472, ((Vxlan) link.properties()).local(), eth0.index(), false, false);
        kernel.add("foreign", "vxlan", link.mtu(), link.mac(), others);
        backend.reconcile(OWN, peers());
        assertThat(kernel.links).containsKeys("eth0", "flannel.1", "foreign").doesNotContainKey(renamed.name());
        assertThat(kernel.links.get("flannel.1").mac()).isEqualTo(link.mac());
    }

    @Test
    void aMacThatSomethingRewroteIsPutBack() throws Exception {
        Rig backend = backend("{\"Type\":\"vxlan\"}");
        Link link = kernel.links.get("flannel.1");
        kernel.setMac(link, Mac.parse("02:00:00:00:00:55"));
        backend.reconcile(OWN, peers());
        assertThat(kernel.links.get("flannel.1").mac()).isEqualTo(link.mac());
    }

    @Test
    void aNewDeviceHasTheSameMacAfterEveryReboot() throws Exception {
        backend("{\"Type\":\"vxlan\"}");
        Mac first = kernel.links.get("flannel.1").mac();
        kernel.delete(kernel.links.get("flannel.1"));
        backend("{\"Type\":\"vxlan\"}");
        assertThat(kernel.links.get("flannel.1").mac()).isEqualTo(first);
        assertThat(first.isMulticast()).isFalse();
    }

    @ParameterizedTest(name = "MTU {0} on an interface of {1} leaves {2}")
    @CsvSource({"0, 1500, 1450", "1400, 1500, 1350", "1500, 9001, 1450", "9001, 1500, 1450"})
    void theMtuOptionIsThatOfTheOuterNetworkAndIsAppliedToAKeptDevice(int option, int external, int left)
            throws Exception {
        backend("{\"Type\":\"vxlan\"}");
        kernel.setMtu(eth0, external);
        Rig backend = backend("{\"Type\":\"vxlan\",\"MTU\":%d}".formatted(option));
        assertThat(backend.backend().mtu()).isEqualTo(left);
        assertThat(kernel.links.get("flannel.1").mtu()).isEqualTo(left);
    }

    @Test
    void theMtuFollowsThatOfTheExternalInterface() throws Exception {
        Rig backend = backend("{\"Type\":\"vxlan\"}");
        kernel.setMtu(eth0, 1400);
        backend.reconcile(OWN, peers());
        assertThat(backend.backend().mtu()).isEqualTo(1350);
        assertThat(kernel.links.get("flannel.1").mtu()).isEqualTo(1350);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            no data            |
            no JSON            | nonsense
            no MAC             | {"VNI":1}
            half a MAC         | {"VNI":1,"VtepMAC":"82:4b:b6"}
            a group's MAC      | {"VNI":1,"VtepMAC":"ff:ff:ff:ff:ff:ff"}
            a number for a MAC | {"VNI":1,"VtepMAC":17}
            an array           | [1,2]
            another VNI        | {"VNI":8,"VtepMAC":"82:4b:b6:2f:54:4e"}
            """)
    void onePeersNonsenseDoesNotStopTheOthers(String what, String data) throws Exception {
        Lease bad = data == null
                ? lease("vxlan", "10.5.2.0/24", "192.0.2.2")
                : lease("vxlan", "10.5.2.0/24", "192.0.2.2", data);
        backend("{\"Type\":\"vxlan\"}")
                .reconcile(OWN, peers(bad, lease("vxlan", "10.5.3.0/24", "192.0.2.3", vtep("82:4b:b6:2f:54:4f"))));
        assertThat(kernel.shown()).hasSize(4).noneMatch(line -> line.contains("10.5.2.0"));
    }

    @Test
    void reachesAPeerThatPublishesNoVni() throws Exception {
        Lease peer = lease("vxlan", "10.5.2.0/24", "192.0.2.2", "{\"VtepMAC\":\"82:4b:b6:2f:54:4e\"}");
        backend("{\"Type\":\"vxlan\",\"VNI\":8}").reconcile(OWN, peers(peer));
        assertThat(kernel.shown()).contains("fdb 82:4b:b6:2f:54:4e dst 192.0.2.2 dev flannel.8");
    }

    @Test
    void aLeftoverLeaseOfAHostDoesNotKeepItsSuccessorOut() throws Exception {
        Rig backend = backend("{\"Type\":\"vxlan\"}");
        var peers = peers(
                lease("vxlan", "10.5.2.0/24", "192.0.2.2", vtep("82:4b:b6:2f:54:4e")),
                lease("vxlan", "10.5.3.0/24", "192.0.2.2", vtep("82:4b:b6:2f:54:4e")));
        backend.reconcile(OWN, peers);
        assertThat(kernel.shown()).filteredOn(line -> line.startsWith("route")).hasSize(2);
        assertThat(kernel.shown()).contains("fdb 82:4b:b6:2f:54:4e dst 192.0.2.2 dev flannel.1");
        assertThat(backend.reconcile(OWN, peers).changed()).isFalse();
    }

    @Test
    void ofPeersWithOneMacTheFirstSubnetKeepsItAndNothingFlaps() throws Exception {
        Rig backend = backend("{\"Type\":\"vxlan\"}");
        var peers = peers(IntStream.rangeClosed(2, 30)
                .mapToObj(i -> lease("vxlan", "10.5." + i + ".0/24", "192.0.2." + i, vtep("82:4b:b6:2f:54:4e")))
                .toArray(Lease[]::new));
        backend.reconcile(OWN, peers);
        assertThat(kernel.shown())
                .contains("fdb 82:4b:b6:2f:54:4e dst 192.0.2.2 dev flannel.1")
                .hasSize(4);
        assertThat(backend.reconcile(OWN, peers).changed()).isFalse();
    }

    @Test
    void leasesThatAreNotForUsToReachAreLeftOut() throws Exception {
        backend("{\"Type\":\"vxlan\"}")
                .reconcile(
                        OWN,
                        peers(
                                lease("host-gw", "10.5.2.0/24", "192.0.2.2"),
                                lease("vxlan", "10.6.0.0/24", "192.0.2.3", vtep("82:4b:b6:2f:54:4e")),
                                lease("vxlan", "10.5.0.0/16", "192.0.2.4", vtep("82:4b:b6:2f:54:4e")),
                                lease("vxlan", "10.5.1.128/25", "192.0.2.5", vtep("82:4b:b6:2f:54:4e")),
                                lease("vxlan", "10.5.7.0/24", "192.0.2.1", vtep("82:4b:b6:2f:54:4e"))));
        assertThat(kernel.shown()).containsExactly("address 10.5.1.0/32 dev flannel.1");
    }

    @Test
    void ofAPeerWithOneKindOfAddressTheOtherFamilyIsLeftOut() throws Exception {
        Rig backend = new Rig(dualConfig("{\"Type\":\"vxlan\"}"), underlay("192.0.2.1", "2001:db8::1"), kernel);
        backend.announce();
        Lease peer = new Lease(
                List.of(Cidr.parse("10.5.2.0/24"), Cidr.parse("fd05:0:0:2::/64")),
                new Announcement(
                        Map.of(Family.IPV4, Ip.parse("192.0.2.2")),
                        "vxlan",
                        Map.of(Family.IPV4, vtep("82:4b:b6:2f:54:4e"), Family.IPV6, vtep("82:4b:b6:2f:54:4f"))));
        backend.reconcile(dualOwn(), peers(peer));
        assertThat(kernel.shown())
                .contains("route 10.5.2.0/24 via 10.5.2.0 dev flannel.1 onlink")
                .noneMatch(line -> line.contains("fd05:0:0:2"));
    }

    @Test
    void foreignRoutesStay() throws Exception {
        kernel.objects.add(goRoute("172.30.0.0/16", "192.0.2.99", eth0, false));
        kernel.objects.add(goRoute("10.5.44.0/24", "192.0.2.44", eth0, false));
        backend("{\"Type\":\"vxlan\"}").reconcile(OWN, peers());
        assertThat(kernel.shown())
                .contains("route 172.30.0.0/16 via 192.0.2.99 dev eth0", "route 10.5.44.0/24 via 192.0.2.44 dev eth0");
    }

    private PeerPath path(String peer, String gateway, int routeMtu) {
        Ip via = gateway == null ? null : Ip.parse(gateway);
        return new PeerPath(
                Ip.parse(peer), new Path(via, eth0.index(), null, 254, Path.Kind.HOST, routeMtu, false), eth0);
    }

    @Test
    void directRoutingTakesThePlainRouteToPeersOnTheLinkAndTheTunnelToOthers() throws Exception {
        kernel.objects.add(goRoute("10.5.44.0/24", "192.0.2.44", eth0, false));
        Rig backend = backend("{\"Type\":\"vxlan\",\"DirectRouting\":true}");
        backend.paths = Map.of(
                Ip.parse("192.0.2.2"), path("192.0.2.2", null, 0),
                Ip.parse("198.51.100.3"), path("198.51.100.3", "192.0.2.254", 0));
        backend.reconcile(
                OWN,
                peers(
                        lease("vxlan", "10.5.2.0/24", "192.0.2.2", vtep("82:4b:b6:2f:54:4e")),
                        lease("vxlan", "10.5.3.0/24", "198.51.100.3", vtep("82:4b:b6:2f:54:4f"))));
        assertThat(kernel.shown())
                .contains(
                        "route 10.5.2.0/24 via 192.0.2.2 dev eth0",
                        "route 10.5.3.0/24 via 10.5.3.0 dev flannel.1 onlink")
                .noneMatch(line -> line.contains("82:4b:b6:2f:54:4e") || line.contains("10.5.44.0"));
    }

    @Test
    void aPeerThatWouldCutTheHostOffIsLeftOut() throws Exception {
        Rig backend = backend("{\"Type\":\"vxlan\"}");
        backend.host = hostWithStore("10.5.2.53");
        backend.reconcile(
                OWN,
                peers(
                        lease("vxlan", "10.5.2.0/24", "192.0.2.2", vtep("82:4b:b6:2f:54:4e")),
                        lease("vxlan", "10.5.3.0/24", "192.0.2.3", vtep("82:4b:b6:2f:54:4f"))));
        assertThat(kernel.shown())
                .anyMatch(line -> line.contains("10.5.3.0/24"))
                .noneMatch(line -> line.contains("10.5.2.0"));
        assertThat(backend.ignored())
                .containsOnly(Map.entry(Cidr.parse("10.5.2.0/24"), "it covers 10.5.2.53, the store"));
    }

    @Test
    void theRouteToAPeerSaysWhatFitsThroughThere() throws Exception {
        Rig backend = backend("{\"Type\":\"vxlan\"}");
        backend.paths = Map.of(Ip.parse("192.0.2.2"), path("192.0.2.2", null, 1300));
        backend.reconcile(
                OWN,
                peers(
                        lease("vxlan", "10.5.2.0/24", "192.0.2.2", vtep("82:4b:b6:2f:54:4e")),
                        lease("vxlan", "10.5.3.0/24", "192.0.2.3", vtep("82:4b:b6:2f:54:4f"))));
        assertThat(kernel.shown())
                .contains(
                        "route 10.5.2.0/24 via 10.5.2.0 dev flannel.1 onlink mtu 1250",
                        "route 10.5.3.0/24 via 10.5.3.0 dev flannel.1 onlink");
    }

    @Test
    void aPeerTheKernelRefusesIsReportedAndTheOthersWork() throws Exception {
        Rig backend = backend("{\"Type\":\"vxlan\"}");
        kernel.refuses = object -> object.toString().contains("route 10.5.2.0/24");
        var outcome = backend.reconcile(
                OWN,
                peers(
                        lease("vxlan", "10.5.2.0/24", "192.0.2.2", vtep("82:4b:b6:2f:54:4e")),
                        lease("vxlan", "10.5.3.0/24", "192.0.2.3", vtep("82:4b:b6:2f:54:4f"))));
        assertThat(outcome.refused()).hasSize(1);
        assertThat(kernel.shown()).contains("route 10.5.3.0/24 via 10.5.3.0 dev flannel.1 onlink");
    }

    @Test
    void behindNatTheDeviceSendsFromThePublicAddress() throws Exception {
        Underlay nat = new Underlay(
                "eth0",
                1500,
                underlay("192.0.2.1").addresses(),
                underlay("203.0.113.1").publicIps());
        new Rig(config("{\"Type\":\"vxlan\"}"), nat, kernel).announce();
        assertThat(((Vxlan) kernel.links.get("flannel.1").properties()).local()).isEqualTo(Ip.parse("203.0.113.1"));
    }

    private Vxlan fitting() {
        return new Vxlan(1, 8472, Ip.parse("192.0.2.1"), eth0.index(), false, false);
    }

    private static Route goRoute(String destination, String gateway, Link link, boolean onlink) {
        return new Route(
                Cidr.parse(destination), Ip.parse(gateway), link.index(), onlink, Route.BOOT, 0, Route.UNICAST);
    }
}
