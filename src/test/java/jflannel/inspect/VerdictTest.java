package jflannel.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.firewall.RulesSeen;
import jflannel.inspect.Verdict.Grade;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Route;
import jflannel.lease.Announcement;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;
import jflannel.names.RunningFlanneld;
import jflannel.options.Options;
import jflannel.report.ReportedStatus;
import jflannel.status.Condition;
import jflannel.status.Facts;
import jflannel.status.Finding;
import jflannel.status.FirewallRules;
import org.junit.jupiter.api.Test;

class VerdictTest {
    private static final Lease OWN = lease("10.5.1.0/24", "192.0.2.1");
    private static final String SUBNET_FILE = "FLANNEL_NETWORK=10.5.0.0/16\nFLANNEL_SUBNET=10.5.1.1/24\n";
    private static final NetworkConfig NETWORK = NetworkConfig.parse("test", "{\"Network\":\"10.5.0.0/16\"}");
    private static final Route ROUTE = Route.via(Cidr.parse("10.5.2.0/24"), Ip.parse("192.0.2.2"), 3, false);

    private final RunningFlanneld daemon =
            new RunningFlanneld(7, List.of("java", "jflannel.daemon.Flanneld", "--ip-masq"));

    private Optional<RunningFlanneld> process = Optional.of(daemon);
    private Optional<Throwable> storeFault = Optional.empty();
    private Part<ReportedStatus> status = reported("ready");
    private Part<String> subnetFile = Part.found(SUBNET_FILE, "/run/flannel/subnet.env");
    private Part<Lease> own = Part.found(OWN, "the store");
    private List<String> lacking = List.of();
    private Part<Comparison> comparison = compared(new Entry(ROUTE, Optional.of(ROUTE), ""));

    private static Lease lease(String subnet, String at) {
        return new Lease(
                List.of(Cidr.parse(subnet)), new Announcement(Map.of(Family.IPV4, Ip.parse(at)), "", Map.of()));
    }

    private static Part<ReportedStatus> reported(String state, Finding... findings) {
        return Part.found(
                new ReportedStatus(
                        state,
                        Instant.EPOCH,
                        "",
                        List.of(findings),
                        Facts.NONE,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        List.of()),
                "status.json");
    }

    private static Part<Comparison> compared(Entry entry, KernelObject... superfluous) {
        PeerState whole = new PeerState(lease("10.5.3.0/24", "192.0.2.3"), false, "", List.of());
        PeerState peer = new PeerState(lease("10.5.2.0/24", "192.0.2.2"), false, "", List.of(entry));
        return Part.found(
                new Comparison(List.of(), List.of(peer, whole), List.of(superfluous), Set.of(), Set.of()),
                "the kernel");
    }

    private Verdict verdict() {
        LocalFlannel flannel =
                new LocalFlannel(process, Options.parse(List.of(), Map.of()), Map.of(), Names.DEFAULT, List.of());
        return Verdict.of(new Inspection(
                flannel,
                "etcd",
                storeFault,
                status,
                subnetFile,
                Part.found(NETWORK, "the store"),
                own,
                Part.found(new KnownLeases(List.of(), Set.of(), Map.of()), "the store"),
                Part.missing("eth9 is missing"),
                List.of(),
                Part.found(new RulesSeen(new FirewallRules("nft", List.of()), lacking), "the kernel"),
                comparison,
                List.of(),
                List.of()));
    }

    /// The codes of what is wrong, besides the interface that these tests have none of.
    private List<String> codes() {
        return verdict().problems().stream()
                .map(Problem::code)
                .filter(code -> !code.equals("underlay-missing"))
                .toList();
    }

    @Test
    void whereAllIsWellNothingIsSaid() {
        assertThat(codes()).isEmpty();
        assertThat(new Verdict(List.of()).grade()).isEqualTo(Grade.WORKING);
    }

    @Test
    void theDaemonsConditionsCountAndAreNotRepeated() {
        storeFault = Optional.of(new IOException("refused"));
        status = reported("degraded", new Finding(Condition.STORE_SILENT, "", "for an hour", Instant.EPOCH));
        assertThat(verdict().problems())
                .extracting(Problem::detail)
                .contains("for an hour")
                .doesNotContain("refused");
        assertThat(codes()).containsExactly("store-silent");
    }

    @Test
    void aDaemonThatIsDownLeavesADegradedNode() {
        process = Optional.empty();
        status = Part.missing("no flanneld runs here");
        assertThat(codes()).containsExactly("daemon-down");
    }

    @Test
    void goFlannelSaysNothingOfItselfAndNeedNot() {
        process = Optional.of(new RunningFlanneld(7, List.of("/opt/bin/flanneld")));
        status = Part.missing("Go flannel runs here");
        assertThat(codes()).isEmpty();
    }

    @Test
    void anEntryThatIsMissingOrBeyondTheWantedOnesIsNoticed() {
        comparison = compared(new Entry(ROUTE, Optional.empty(), ""), ROUTE.inTable(100));
        assertThat(codes()).containsExactly("entries-missing", "entries-superfluous");
        assertThat(verdict().problems().get(1).detail())
                .contains("1 of 2 peers", "route 10.5.2.0/24 via 192.0.2.2 dev 3");
    }

    @Test
    void aFileOfAnotherSubnetIsNoticed() {
        subnetFile = Part.found(SUBNET_FILE.replace("10.5.1.1", "10.5.9.1"), "/run/flannel/subnet.env");
        assertThat(codes()).containsExactly("subnet-file");
    }

    @Test
    void whatTakesThePodsTheirNetworkComesFirst() {
        own = Part.missing("the store has none");
        process = Optional.empty();
        status = Part.missing("no flanneld runs here");
        assertThat(codes()).containsExactly("no-lease", "daemon-down");
        assertThat(verdict().grade()).isEqualTo(Grade.NOT_WORKING);
        assertThat(verdict().grade().exitCode()).isEqualTo(2);
    }

    @Test
    void firewallRulesThatAreNotInPlaceAreNoticed() {
        lacking = List.of("nft: there is no table ip flannel-ipv4");
        assertThat(codes()).containsExactly("firewall-failing");
    }
}
