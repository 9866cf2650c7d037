package jflannel.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.lease.Announcement;
import jflannel.lease.AnnouncementJson;
import jflannel.lease.ConfigException;
import jflannel.lease.SubnetKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultsTest {
    private static final LabSetup DUAL = LabSetup.of(Scenario.VXLAN).withFamilies(EnumSet.allOf(Family.class));

    @ParameterizedTest(name = "of the answers {0}")
    @CsvSource({"1 2 3 4, 4, 0, 0", "1 2 4, 4, 1, 1", "2 3 6 7 8 12, 12, 6, 3", "4 2 2 1, 4, 1, 1", "'', 0, 0, 0"})
    void countsWhatWasLostBeforeTheLastAnswer(String answered, int sent, int lost, int longest) {
        List<Integer> numbers = answered.isEmpty()
                ? List.of()
                : List.of(answered.split(" ")).stream().map(Integer::valueOf).toList();
        assertThat(PingFlood.Count.of(numbers)).isEqualTo(new PingFlood.Count(sent, lost, longest));
    }

    @Test
    void everyFaultHasANameOfItsOwnAndAPlace() {
        List<Fault> all = FaultCatalogue.all();
        assertThat(all).extracting(Fault::name).doesNotHaveDuplicates().hasSizeGreaterThan(50);
        assertThat(Fault.ALL)
                .allSatisfy(
                        scenario -> assertThat(FaultCatalogue.of(LabSetup.of(scenario), LeaseStoreKind.ETCD, List.of()))
                                .allMatch(fault -> fault.clusters().test(LabSetup.of(scenario)))
                                .hasSizeGreaterThan(10));
    }

    @Test
    void faultsThatNeedOneKindOfClusterFollowEachOther() {
        List<ClusterSpec> stages =
                FaultCatalogue.of(LabSetup.of(Scenario.VXLAN), LeaseStoreKind.ETCD, List.of()).stream()
                        .map(Fault::spec)
                        .toList();
        long changes = IntStream.range(1, stages.size())
                .filter(i -> !stages.get(i).equals(stages.get(i - 1)))
                .count();
        assertThat(changes).isEqualTo(stages.stream().distinct().count() - 1);
    }

    @Test
    void eachStoreHasFaultsOfItsOwnAndMostAreForBoth() {
        List<String> etcd = names(DUAL);
        List<String> kube = FaultCatalogue.of(DUAL, LeaseStoreKind.KUBERNETES, List.of()).stream()
                .map(Fault::name)
                .toList();
        assertThat(kube)
                .contains("api-killed", "authority-rotated", "device-deleted", "config-vni", "churn", "node-parted")
                .doesNotContain("etcd-killed", "clock-jumps", "config-subnet-max")
                .hasSizeGreaterThan(35);
        assertThat(etcd).doesNotContain("api-killed", "annotations-removed").contains("etcd-killed", "device-deleted");
    }

    @Test
    void aFaultThatDoesNotExistIsAnError() {
        assertThatThrownBy(() -> FaultCatalogue.of(LabSetup.of(Scenario.VXLAN), LeaseStoreKind.ETCD, List.of("flood")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("--only: \"flood\"")
                .hasMessageContaining("etcd-killed");
    }

    @Test
    void thePageGivesFiguresOfEveryFaultOfVxlan() throws Exception {
        String page = Files.readString(Path.of("docs/resilience.md"));
        assertThat(List.of(LabSetup.of(Scenario.VXLAN), DUAL.withNftables(true)))
                .allSatisfy(setup -> assertThat(FaultCatalogue.of(setup, LeaseStoreKind.ETCD, List.of()))
                        .allSatisfy(fault -> assertThat(page).contains("| `" + fault.name() + "` |")));
    }

    @Test
    void someFaultsNeedIpv6OrNftables() {
        assertThat(names(DUAL)).contains("forwarding-off-ipv6").doesNotContain("tables-deleted");
        assertThat(names(LabSetup.of(Scenario.HOST_GW).withNftables(true)))
                .contains("tables-deleted")
                .doesNotContain("forwarding-off-ipv6", "peer-filter-deleted");
    }

    private static List<String> names(LabSetup setup) {
        return FaultCatalogue.of(setup, LeaseStoreKind.ETCD, List.of()).stream()
                .map(Fault::name)
                .toList();
    }

    @Test
    void strangersLeasesAreOfAllFamiliesOfTheCluster() {
        FakeLeases fakeLeases = new FakeLeases(null, DUAL);
        assertThat(SubnetKey.parse(fakeLeases.key(250).replace("subnets/", "")))
                .containsExactly(Cidr.parse("100.96.250.0/24"), Cidr.parse("fd00:100:96:fa::/64"));
        Announcement announced = AnnouncementJson.parse(fakeLeases.lease(16, 3));
        assertThat(announced.publicIps().values())
                .containsExactlyInAnyOrder(Ip.parse("10.168.0.16"), Ip.parse("fd00:10:168::10"));
        assertThat(announced.backendData(Family.IPV6).orElseThrow()).contains("02:03:10:00:00:06");
        FakeLeases old = new FakeLeases(null, LabSetup.of(Scenario.VXLAN));
        assertThat(SubnetKey.parse(old.key(250).replace("subnets/", ""))).hasSize(1);
        assertThat(AnnouncementJson.parse(old.lease(16)).publicIps()).containsOnlyKeys(Family.IPV4);
    }

    @Test
    void whatIsNotAsBeforeIsNamed() {
        NodeSnapshot before = new NodeSnapshot(Map.of("node-1", List.of("a", "b"), "node-2", List.of("c")));
        assertThat(before.differenceFrom(before)).isEmpty();
        assertThat(new NodeSnapshot(Map.of("node-1", List.of("b", "x"), "node-2", List.of("c"))).differenceFrom(before))
                .isEqualTo("node-1 lacks: a\nnode-1 has: x\n");
    }
}
