package jflannel.etcd;

import static jflannel.etcd.Nodes.SUBNETS;
import static jflannel.etcd.Nodes.announcement;
import static jflannel.etcd.Nodes.etcdctl;
import static jflannel.etcd.Nodes.put;
import static jflannel.etcd.Nodes.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.AnnouncementJson;
import jflannel.lease.ConfigException;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.status.Board;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(OwnNetns.class)
class AcquireIT {
    private static final String V4 = "{\"Network\":\"10.5.0.0/16\"}";

    @TempDir
    Path directory;

    @Test
    void writesTheKeyAndValueThatGoFlannelWritesAndLetsThemLiveForADay() throws Exception {
        try (Nodes nodes = new Nodes(directory, V4)) {
            Announcement mine = new Announcement(
                    Map.of(Family.IPV4, Ip.parse("192.168.100.11")),
                    "vxlan",
                    Map.of(Family.IPV4, "{\"VNI\":1,\"VtepMAC\":\"ba:b4:1b:5d:88:71\"}"));
            Nodes.Node node = nodes.node(settings(), mine);
            assertThat(node.subnet().length()).isEqualTo(24);
            assertThat(Nodes.get(SUBNETS + node.subnet().address() + "-24"))
                    .isEqualTo("{\"PublicIP\":\"192.168.100.11\",\"PublicIPv6\":null,\"BackendType\":\"vxlan\","
                            + "\"BackendData\":{\"VNI\":1,\"VtepMAC\":\"ba:b4:1b:5d:88:71\"}}");
            assertThat(etcdctl("lease timetolive " + Nodes.etcdLease(node.key())))
                    .contains("granted with TTL(86400s)");
        }
    }

    /// What all nodes of a backend announce alike proves nothing.
    @Test
    void aSubnetThatAnotherNodeHasByNowIsNotTakenBack() throws Exception {
        try (Nodes nodes = new Nodes(directory, V4);
                EtcdLeases leases = new EtcdLeases(settings().all(), new Board())) {
            assertThat(nodes.etcd.pid()).isPositive();
            Announcement mine = new Announcement(
                    Map.of(Family.IPV4, Ip.parse("192.168.100.11")), "", Map.of(Family.IPV4, "{\"Alike\":true}"));
            String other = "{\"PublicIP\":\"192.168.100.50\",\"BackendType\":\"udp\",\"BackendData\":{\"Alike\":true}}";
            Nodes.put(SUBNETS + "10.5.7.0-24", other);
            Lease lease = leases.acquire(leases.networkConfig(), mine, List.of(Cidr.parse("10.5.7.0/24")));
            assertThat(lease.cidrs()).doesNotContain(Cidr.parse("10.5.7.0/24"));
            assertThat(Nodes.get(SUBNETS + "10.5.7.0-24")).isEqualTo(other);
        }
    }

    /// A host that another address was given to while it was down, perhaps because another host has the former one.
    @ParameterizedTest(name = "{0}: {3}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            as it was              | PublicIP     | PublicIP                           | true
            another address        | 100.11"      | 100.50"                            | false
            another device there   | 88:71        | 88:72                              | false
            another backend there  | "vxlan"      | "host-gw"                          | false
            """)
    void aFormerLeaseIsKeptUnlessItsRecordWasChangedSince(String what, String from, String to, boolean kept)
            throws Exception {
        try (Nodes nodes = new Nodes(directory, V4);
                EtcdLeases leases = new EtcdLeases(settings().all(), new Board())) {
            assertThat(nodes.etcd.pid()).isPositive();
            Lease former = new Lease(List.of(Cidr.parse("10.5.7.0/24")), vxlan("192.168.100.11"));
            String key = SUBNETS + "10.5.7.0-24";
            String record = AnnouncementJson.format(former.announced()).replace(from, to);
            put(key, record);
            leases.formerly(former, "");
            Lease lease = leases.acquire(leases.networkConfig(), vxlan("192.168.100.12"), former.cidrs());
            assertThat(lease.cidrs().equals(former.cidrs())).isEqualTo(kept);
            assertThat(Nodes.get(key)).isEqualTo(kept ? AnnouncementJson.format(lease.announced()) : record);
            assertThat(Nodes.keys()).hasSize(kept ? 1 : 2);
        }
    }

    /// @return with another MAC address for each address, as after a reboot
    private static Announcement vxlan(String address) {
        String mac = "ba:b4:1b:5d:%s:71".formatted(address.endsWith("1") ? "88" : "99");
        return new Announcement(
                Map.of(Family.IPV4, Ip.parse(address)),
                "vxlan",
                Map.of(Family.IPV4, "{\"VNI\":1,\"VtepMAC\":\"%s\"}".formatted(mac)));
    }

    /// A running host that was copied with its memory is another one from then on.
    @Test
    void copiesOfAHostDoNotTakeASubnetFromEachOtherInTurn() throws Exception {
        try (Nodes nodes = new Nodes(directory, V4)) {
            Announcement mine = new Announcement(
                    Map.of(Family.IPV4, Ip.parse("192.168.100.11")),
                    "vxlan",
                    Map.of(Family.IPV4, "{\"VNI\":1,\"VtepMAC\":\"ba:b4:1b:5d:88:71\"}"));
            Nodes.Node node = nodes.node(settings(), mine);
            String first = node.key();
            String copy = Nodes.get(first).replace("192.168.100.11", "192.168.100.12");
            Nodes.put(first, copy);
            await().untilAsserted(() -> assertThat(Nodes.keys()).hasSize(2));
            assertThat(Nodes.get(first)).isEqualTo(copy);
        }
    }

    @Test
    void tellsHowToCreateAMissingConfiguration() throws Exception {
        try (Nodes nodes = new Nodes(directory, "");
                EtcdLeases leases = new EtcdLeases(settings().all(), new Board())) {
            assertThat(nodes.etcd.pid()).isPositive();
            assertThatThrownBy(leases::networkConfig)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("/coreos.com/network/config")
                    .hasMessageContaining("v3 API")
                    .hasMessageContaining(
                            "etcdctl --endpoints=http://127.0.0.1:2379 put /coreos.com/network/config '{\"Network\"");
        }
    }

    @Test
    void namesTheConfigurationUnderAnotherSpelling() throws Exception {
        try (Nodes nodes = new Nodes(directory, "");
                EtcdLeases leases = new EtcdLeases(settings().all(), new Board())) {
            assertThat(nodes.etcd.pid()).isPositive();
            put("coreos.com/network/config", V4);
            assertThatThrownBy(leases::networkConfig)
                    .isInstanceOf(ConfigException.class)
                    .hasMessage(
                            "etcd key /coreos.com/network/config does not exist, but coreos.com/network/config does."
                                    + " Did you mean --etcd-prefix=coreos.com/network?");
        }
    }

    @Test
    void takesNoSubnetThatTheHostHas() throws Exception {
        try (Nodes nodes = new Nodes(directory, V4)) {
            Nodes.Node first = nodes.node("192.0.2.1");
            first.close();
            try (EtcdLeases leases = new EtcdLeases(settings().all(), new Board())) {
                leases.avoid(first.subnet()::overlaps);
                Lease own = leases.acquire(leases.networkConfig(), announcement("192.0.2.1"), List.of(first.subnet()));
                assertThat(own.cidrs()).doesNotContain(first.subnet());
                assertThat(Nodes.keys()).hasSize(1);
            }
        }
    }

    @Test
    void keepsTheSubnetOfANodeThatComesBackWithoutItsMemory() throws Exception {
        try (Nodes nodes = new Nodes(directory, V4)) {
            Nodes.Node first = nodes.node("192.0.2.1");
            first.close();
            String before = Nodes.get(first.key()) + Nodes.etcdLease(first.key());
            Nodes.Node second = nodes.node("192.0.2.1");
            assertThat(second.own()).isEqualTo(first.own());
            assertThat(Nodes.get(first.key()) + Nodes.etcdLease(first.key())).isEqualTo(before);
        }
    }

    @Test
    void takesThePreviousSubnetsIfTheyAreFree() throws Exception {
        try (Nodes nodes = new Nodes(directory, V4);
                EtcdLeases leases = new EtcdLeases(settings().all(), new Board())) {
            put(SUBNETS + "10.5.9.0-24", "{\"PublicIP\":\"192.0.2.9\"}");
            NetworkConfig network = leases.networkConfig();
            Lease held = leases.acquire(network, announcement("192.0.2.1"), List.of(Cidr.parse("10.5.9.0/24")));
            assertThat(held.words()).isNotEqualTo("10.5.9.0/24");
            Lease free = leases.acquire(network, announcement("192.0.2.2"), List.of(Cidr.parse("10.5.77.0/24")));
            assertThat(free.words()).isEqualTo("10.5.77.0/24");
            assertThat(nodes.etcd.pid()).isPositive();
        }
    }

    @Test
    void keepsAReservationAsAReservationAndPublishesItsAddressWithIt() throws Exception {
        try (Nodes nodes = new Nodes(directory, V4)) {
            put(SUBNETS + "10.5.34.0-24", "{\"PublicIP\":\"192.0.2.1\"}");
            Nodes.Node node = nodes.node("192.0.2.1");
            assertThat(node.own().words()).isEqualTo("10.5.34.0/24");
            assertThat(Nodes.etcdLease(node.key())).isEqualTo("0");
            assertThat(Nodes.get(node.key()))
                    .isEqualTo("{\"PublicIP\":\"192.0.2.1\",\"PublicIPv6\":null,\"BackendType\":\"host-gw\"}");
        }
    }

    @Test
    void replacesItsLeaseThatNoLongerFitsTheConfiguration() throws Exception {
        try (Nodes nodes = new Nodes(directory, V4)) {
            put(SUBNETS + "10.99.1.0-24", "{\"PublicIP\":\"192.0.2.1\"}");
            put(SUBNETS + "10.5.1.0-25", "{\"PublicIP\":\"192.0.2.1\"}");
            Nodes.Node node = nodes.node("192.0.2.1");
            assertThat(Nodes.keys()).containsExactly(node.subnet().address() + "-24");
        }
    }

    @Test
    void saysWhoHoldsTheSubnetsWhenNoneIsLeft() throws Exception {
        try (Nodes nodes = new Nodes(directory, "{\"Network\":\"10.5.0.0/28\"}")) {
            nodes.node("192.0.2.1");
            nodes.node("192.0.2.2");
            nodes.node("192.0.2.3");
            assertThatThrownBy(() -> nodes.node("192.0.2.4"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("out of subnets")
                    .hasMessageContaining("by 3 leases")
                    .hasMessageContaining("10.5.0.4-30 by 192.0.2.");
        }
    }

    @Test
    void knowsPrefixesWithAndWithoutSlashes() throws Exception {
        try (Nodes nodes = new Nodes(directory, V4)) {
            put("plain/net/config", "{\"Network\":\"10.6.0.0/16\"}");
            for (String prefix : List.of("/coreos.com/network/", "/coreos.com//network")) {
                nodes.node(TestSettings.of(List.of(Nodes.URL), prefix), announcement("192.0.2.1"));
                assertThat(Nodes.keys()).hasSize(1);
            }
            nodes.node(TestSettings.of(List.of(Nodes.URL), "plain/net/"), announcement("192.0.2.1"));
            assertThat(etcdctl("get --prefix --keys-only plain/net/subnets/10.6."))
                    .isNotEmpty();
        }
    }

    @Test
    void skipsEndpointsThatDoNotAnswer() throws Exception {
        try (Nodes nodes = new Nodes(directory, V4)) {
            TestSettings settings =
                    TestSettings.of(List.of("http://127.0.0.1:4001", "http://[::1]:1", Nodes.URL), Nodes.PREFIX);
            assertThat(nodes.node(settings, announcement("192.0.2.1")).subnet()).isNotNull();
        }
    }

    @Test
    void givesAnIpv6OnlyNodeAKeyOfItsOwnForm() throws Exception {
        try (Nodes nodes =
                new Nodes(directory, "{\"EnableIPv4\":false,\"EnableIPv6\":true,\"IPv6Network\":\"fd00:5::/48\"}")) {
            Nodes.Node node = nodes.node("2001:db8::1");
            assertThat(Nodes.keys()).containsExactly(node.subnet().address() + "-64");
            assertThat(nodes.node("2001:db8::1").own()).isEqualTo(node.own());
        }
    }

    @Test
    void gives200SimultaneousStartersASubnetEach() throws Exception {
        massStart(
                "IPv4",
                "{\"Network\":\"10.5.0.0/16\",\"SubnetMin\":\"10.5.1.0\",\"SubnetMax\":\"10.5.250.0\"}",
                200,
                number -> announcement("192.0.2." + number));
    }

    @Test
    void gives200SimultaneousStartersASubnetOfEachFamily() throws Exception {
        massStart(
                "dual stack",
                "{\"Network\":\"10.5.0.0/16\",\"SubnetMin\":\"10.5.1.0\",\"SubnetMax\":\"10.5.250.0\","
                        + "\"EnableIPv6\":true,\"IPv6Network\":\"fd00:5::/48\",\"IPv6SubnetMin\":\"fd00:5:0:1::\","
                        + "\"IPv6SubnetMax\":\"fd00:5:0:fa::\"}",
                200,
                Nodes::dual);
    }

    @Test
    void givesTheLastSubnetToTheLastOfTwelve() throws Exception {
        massStart(
                "12 subnets",
                "{\"Network\":\"10.5.0.0/26\",\"SubnetLen\":30,\"SubnetMin\":\"10.5.0.4\",\"SubnetMax\":\"10.5.0.48\"}",
                12,
                number -> announcement("192.0.2." + number));
    }

    @Test
    void givesTheLastSubnetsOfEachFamilyToTheLastOfTwelve() throws Exception {
        massStart(
                "12 subnets of each family",
                "{\"Network\":\"10.5.0.0/26\",\"SubnetLen\":30,\"SubnetMin\":\"10.5.0.4\",\"SubnetMax\":\"10.5.0.48\","
                        + "\"EnableIPv6\":true,\"IPv6Network\":\"fd00:5::/48\",\"IPv6SubnetMin\":\"fd00:5:0:1::\","
                        + "\"IPv6SubnetMax\":\"fd00:5:0:c::\"}",
                12,
                Nodes::dual);
    }

    private void massStart(String what, String config, int count, IntFunction<Announcement> node) throws Exception {
        List<EtcdLeases> stores = new ArrayList<>();
        try (Nodes nodes = new Nodes(directory, config)) {
            assertThat(nodes.etcd.pid()).isPositive();
            List<FutureTask<Lease>> starts = new ArrayList<>();
            AtomicLong begin = new AtomicLong();
            CyclicBarrier together = new CyclicBarrier(count + 1, () -> begin.set(System.nanoTime()));
            for (int number = 1; number <= count; number++) {
                EtcdLeases leases = new EtcdLeases(settings().all(), new Board());
                stores.add(leases);
                Announcement mine = node.apply(number);
                Callable<Lease> start = () -> {
                    NetworkConfig network = leases.networkConfig();
                    together.await(30, TimeUnit.SECONDS);
                    return leases.acquire(network, mine, List.of());
                };
                FutureTask<Lease> task = new FutureTask<>(start);
                starts.add(task);
                Thread.ofPlatform().name("starter-" + number).start(task);
            }
            together.await(30, TimeUnit.SECONDS);
            Set<Cidr> given = new HashSet<>();
            for (FutureTask<Lease> start : starts) {
                for (Cidr cidr : start.get().cidrs()) {
                    assertThat(given.add(cidr)).as("%s is given once", cidr).isTrue();
                }
            }
            System.out.printf(
                    "%d simultaneous starters, %s: %d ms%n",
                    count, what, (System.nanoTime() - begin.get()) / 1_000_000);
            assertThat(Nodes.keys()).hasSize(count);
        } finally {
            stores.forEach(EtcdLeases::close);
        }
    }
}
