package jflannel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import jflannel.inspect.Inspection;
import jflannel.inspect.KnownLeases;
import jflannel.inspect.LocalFlannel;
import jflannel.inspect.Part;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;
import jflannel.options.Options;
import org.junit.jupiter.api.Test;

/// Judgements about machines that no test can have: old kernels, kernels without modules, wrong clocks.
class ChecksTest {
    private static final String THRESHOLD = "net/ipv4/neigh/default/gc_thresh3";

    private String backend = "vxlan";
    private int peers = 3;
    private String[] flags = {};
    private Cni cni = Cni.NONE;
    private Machine machine = machine("6.1.0-38-amd64", "1024");
    private Optional<Duration> ahead = Optional.of(Duration.ofSeconds(1));

    private static Machine machine(String release, String threshold, String... missingModules) {
        return new Machine(release, Map.of(THRESHOLD, threshold), Set.of(missingModules), Map.of(), Set.of());
    }

    private static Lease lease(int number) {
        Ip ip = Ip.parse("192.0.2.0").plus(number);
        Cidr subnet = new Cidr(Ip.parse("10.0.0.0").plus(number * 256), 24);
        return new Lease(List.of(subnet), new Announcement(Map.of(Family.IPV4, ip), "", Map.of()));
    }

    private Snapshot snapshot() {
        NetworkConfig network = NetworkConfig.parse(
                "test", "{\"Network\":\"10.0.0.0/8\",\"Backend\":{\"Type\":\"%s\"}}".formatted(backend));
        List<Lease> leases =
                IntStream.rangeClosed(1, peers).mapToObj(ChecksTest::lease).toList();
        Inspection flannel = new Inspection(
                new LocalFlannel(
                        Optional.empty(), Options.parse(List.of(flags), Map.of()), Map.of(), Names.DEFAULT, List.of()),
                "etcd",
                Optional.empty(),
                Part.missing("no flanneld runs here"),
                Part.missing("no file"),
                Part.found(network, "the store"),
                Part.missing("none"),
                Part.found(new KnownLeases(leases, Set.of(), Map.of()), "the store"),
                Part.missing("no interface"),
                List.of(),
                Part.missing("no interface"),
                Part.missing("no interface"),
                List.of(),
                List.of());
        StoreCheck store = new StoreCheck(
                StoreCheck.Fault.NONE,
                "",
                "192.0.2.9",
                2379,
                "/coreos.com/network/config",
                StoreCheck.Config.FINE,
                Optional.empty(),
                Optional.empty(),
                ahead);
        return new Snapshot(
                flannel, machine, store, Surroundings.NONE, Rules.NONE, cni, List.of(), List.of(), List.of());
    }

    private List<Diagnosis> found(Check check) {
        return check.judge(snapshot());
    }

    @Test
    void anOrdinaryMachineHasNoneOfTheseFaults() {
        for (Check check : List.of(Check.NEIGHBOR_TABLE, Check.MODULE_MISSING, Check.CLOCK_SKEW)) {
            assertThat(found(check)).as(check.code()).isEmpty();
        }
    }

    /// Others take it from elsewhere, as Nomad does, or use no CNI.
    @Test
    void onlyInKubernetesACniConfigurationHasToBe() {
        cni = new Cni(Optional.of(Path.of("/etc/cni/net.d")), List.of(), List.of(), List.of(), List.of(), Set.of());
        assertThat(found(Check.CNI_CONF)).isEmpty();
        flags = new String[] {"--kube-subnet-mgr"};
        assertThat(found(Check.CNI_CONF))
                .singleElement()
                .extracting(Diagnosis::cause)
                .asString()
                .contains("no CNI configuration");
    }

    @Test
    void permanentEntriesFillTheNeighborTableOfOldKernelsOnly() {
        peers = 1024;
        assertThat(found(Check.NEIGHBOR_TABLE)).isEmpty();
        machine = machine("4.19.0-27-amd64", "1024");
        assertThat(found(Check.NEIGHBOR_TABLE))
                .singleElement()
                .extracting(Diagnosis::remedy)
                .isEqualTo("sysctl -w net.ipv4.neigh.default.gc_thresh3=4096");
        machine = machine("4.19.0-27-amd64", "1025");
        assertThat(found(Check.NEIGHBOR_TABLE)).isEmpty();
        machine = machine("not a release", "1024");
        assertThat(found(Check.NEIGHBOR_TABLE)).isEmpty();
    }

    @Test
    void learnedEntriesFillTheNeighborTableOfAnyKernel() {
        backend = "host-gw";
        peers = 2000;
        assertThat(found(Check.NEIGHBOR_TABLE))
                .singleElement()
                .satisfies(it -> assertThat(it.evidence()).contains("/proc/sys/" + THRESHOLD + ": 1024"));
        machine = machine("6.1.0-38-amd64", "2001");
        assertThat(found(Check.NEIGHBOR_TABLE)).isEmpty();
    }

    @Test
    void aMissingModuleIsNamedWithTheCommandThatLoadsIt() {
        machine = machine("6.1.0-38-amd64", "1024", "vxlan");
        assertThat(found(Check.MODULE_MISSING)).singleElement().satisfies(it -> {
            assertThat(it.cause()).contains("no module vxlan");
            assertThat(it.remedy()).startsWith("modprobe vxlan ");
            assertThat(it.evidence()).contains("uname -r: 6.1.0-38-amd64");
        });
    }

    @Test
    void aClockCountsAsWrongFromTenSecondsOnInBothDirections() {
        for (int seconds : List.of(-9, 9)) {
            ahead = Optional.of(Duration.ofSeconds(seconds));
            assertThat(found(Check.CLOCK_SKEW)).isEmpty();
        }
        ahead = Optional.of(Duration.ofSeconds(-10));
        assertThat(found(Check.CLOCK_SKEW))
                .singleElement()
                .satisfies(it -> assertThat(it.cause()).contains("10 seconds behind the store's"));
        ahead = Optional.of(Duration.ofHours(5));
        assertThat(found(Check.CLOCK_SKEW))
                .singleElement()
                .satisfies(it -> assertThat(it.cause()).contains("5 hours ahead of the store's"));
    }
}
