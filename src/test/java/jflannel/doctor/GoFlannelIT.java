package jflannel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import jflannel.field.Field;
import jflannel.field.FieldHost;
import jflannel.field.GoFlannel;
import jflannel.foreign.Packet;
import jflannel.inspect.Inspection;
import jflannel.inspect.Inspector;
import jflannel.inspect.LocalFlannel;
import jflannel.inspect.PeerState;
import jflannel.inspect.Problem;
import jflannel.inspect.Verdict;
import jflannel.ip.Ip;
import jflannel.testing.OwnNetns;
import jflannel.tool.Clusters;
import jflannel.trace.KernelView;
import jflannel.trace.Question;
import jflannel.trace.Trace;
import jflannel.trace.Walker;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Hosts of Go flannel, which has other routes than this program's daemon and no status.json.
@ExtendWith(OwnNetns.class)
class GoFlannelIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /// @param check the code of the check that names the fault
    /// @param words what the finding says somewhere
    private record Fault(String check, String words, String plant, String undo) {}

    /// Planted at once: each has a check of its own.
    private static final List<Fault> SOME = List.of(
            new Fault(
                    "vtep-mac",
                    "ip neigh replace 10.70.2.0 lladdr 02:00:00:00:70:02 dev flannel.1",
                    "ip neigh replace $peer.0 lladdr 02:00:00:00:00:99 dev flannel.1 nud permanent",
                    "ip neigh replace $peer.0 lladdr $peermac dev flannel.1 nud permanent"),
            new Fault(
                    "entries",
                    "route 10.70.2.0/24",
                    "ip route del $peer.0/24",
                    "ip route add $peer.0/24 via $peer.0 dev flannel.1 onlink"),
            new Fault(
                    "forwarding",
                    "sysctl -w net.ipv4.ip_forward=1",
                    "sysctl -qw net.ipv4.ip_forward=0",
                    "sysctl -qw net.ipv4.ip_forward=1"),
            new Fault(
                    "foreign-drop",
                    "-A FORWARD -s 10.70.0.0/16 -j DROP",
                    "iptables -I FORWARD -s $net -j DROP",
                    "iptables -D FORWARD 1"),
            new Fault(
                    "foreign-rewrite",
                    "MASQUERADE",
                    "iptables -t nat -I POSTROUTING -s $net -j MASQUERADE",
                    "iptables -t nat -D POSTROUTING 1"),
            new Fault("device", "mtu", "ip link set flannel.1 mtu 1400", "ip link set flannel.1 mtu 1450"),
            new Fault(
                    "leftovers",
                    "ip route delete 10.70.222.0/24",
                    "ip route add 10.70.222.0/24 via 10.70.222.0 dev flannel.1 onlink",
                    "ip route del 10.70.222.0/24"));

    private static final List<Fault> OTHERS = List.of(
            new Fault(
                    "vtep-mac",
                    "bridge fdb replace 02:00:00:00:70:02 dev flannel.1 dst 192.0.2.12",
                    "bridge fdb replace $peermac dev flannel.1 dst 192.0.2.99 self permanent",
                    "bridge fdb replace $peermac dev flannel.1 dst 192.0.2.12 self permanent"),
            new Fault(
                    "foreign-route",
                    "ip route delete 10.70.2.128/25",
                    "ip route add $peer.128/25 via 192.0.2.1",
                    "ip route del $peer.128/25"),
            new Fault(
                    "firewalls-mixed",
                    "iptables-legacy",
                    "iptables-legacy -A FORWARD -s 198.51.100.1 -j ACCEPT",
                    "iptables-legacy -F"),
            new Fault(
                    "bridge-address",
                    "cni0",
                    "ip addr del $own.1/24 dev cni0; ip addr add 10.70.250.1/24 dev cni0",
                    "ip addr del 10.70.250.1/24 dev cni0; ip addr add $own.1/24 dev cni0"),
            new Fault(
                    "tunnel-route",
                    "ip rule delete table 79",
                    "ip rule add ipproto udp dport 8472 lookup 79; ip route add default via 192.0.2.1 dev eth0 table 79",
                    "ip rule del ipproto udp dport 8472 lookup 79; ip route flush table 79"));

    private final SoftAssertions softly = new SoftAssertions();

    private static String config(String type, boolean nftables) {
        return "{\"Network\":\"%s\",\"EnableNFTables\":%b,\"Backend\":{\"Type\":\"%s\"}}"
                .formatted(Field.NETWORK, nftables, type);
    }

    private static Inspection look(FieldHost host, String... flags) throws IOException {
        return host.host().call(() -> Inspector.look(LocalFlannel.find(List.of(flags), Map.of()), PATIENCE));
    }

    private static Trace trace(FieldHost host, Inspection seen, String from, String to) throws IOException {
        Question question = new Question(Ip.parse(from), Ip.parse(to), Packet.ICMP, 0);
        return host.host().call(() -> {
            try (KernelView view = new KernelView()) {
                view.prepare(question.destination());
                return Walker.walk(question, view, Clusters.of(seen));
            }
        });
    }

    private void expectStatus(Inspection seen, Verdict.Grade grade, String... problems) {
        Verdict verdict = Verdict.of(seen);
        softly.assertThat(verdict.grade()).as(verdict.toString()).isEqualTo(grade);
        softly.assertThat(verdict.problems()).extracting(Problem::code).containsExactlyInAnyOrder(problems);
    }

    @Test
    void aHostOfGoFlannelIsExaminedAsOneOfOurs() throws Exception {
        try (Field field = Field.with(config("udp", false))) {
            GoFlannel one = new GoFlannel(field, 1, 2);
            GoFlannel two = new GoFlannel(field, 2, 1);
            healthy(field, one, two, "udp", false);
            healthy(field, one, two, "host-gw", true);
            isWhole(field, one, two, "vxlan", false);
            planted(field.host(1), one, SOME);
            planted(field.host(1), one, OTHERS);
            withoutItsLease(field, one);
            withoutItsProcess(field, one);
            softly.assertAll();
        }
    }

    private void healthy(Field field, GoFlannel one, GoFlannel two, String type, boolean nftables) throws IOException {
        isWhole(field, one, two, type, nftables);
        one.remove();
        two.remove();
    }

    private void isWhole(Field field, GoFlannel one, GoFlannel two, String type, boolean nftables) throws IOException {
        field.put("config", config(type, nftables));
        one.start(type, nftables);
        two.start(type, nftables);
        FieldHost host = field.host(1);
        host.podAgain();
        field.host(2).podAgain();
        assertThat(host.reaches(field.host(2))).as(type).isTrue();
        Report report = Misses.examine(host, true);
        softly.assertThat(report.found()).as(type).isEmpty();
        softly.assertThat(report.unexamined()).as(type).isEmpty();
        Inspection seen = look(host);
        softly.assertThat(seen.flannel().isGo()).isTrue();
        expectStatus(seen, Verdict.Grade.WORKING);
        softly.assertThat(seen.comparison().value().orElseThrow().peers())
                .singleElement()
                .matches(PeerState::isProgrammed);
        for (Trace trace :
                List.of(trace(host, seen, "10.70.1.2", "10.70.2.2"), trace(host, seen, "10.70.2.2", "10.70.1.2"))) {
            softly.assertThat(trace.verdict()).as(trace.toString()).isEqualTo(jflannel.trace.Verdict.OK);
        }
    }

    private void planted(FieldHost host, GoFlannel flannel, List<Fault> faults) throws IOException {
        for (Fault fault : faults) {
            host.sh(flannel.names() + fault.plant());
        }
        Report report = Misses.examine(host, false);
        for (Fault fault : faults) {
            softly.assertThat(report.found())
                    .as(fault.plant())
                    .anyMatch(it -> it.check().code().equals(fault.check())
                            && (it.cause() + it.evidence() + it.remedy()).contains(fault.words()));
        }
        if (faults == SOME) {
            Inspection seen = look(host);
            expectStatus(seen, Verdict.Grade.NOT_WORKING, "backend-failing", "entries-missing", "entries-superfluous");
            Trace trace = trace(host, seen, "10.70.1.2", "10.70.2.2");
            softly.assertThat(trace.verdict()).as(trace.toString()).isEqualTo(jflannel.trace.Verdict.BROKEN);
            softly.assertThat(trace.summary()).contains("forwards no packets that arrive by cni0");
        }
        for (Fault fault : faults.reversed()) {
            host.sh(flannel.names() + fault.undo());
        }
        softly.assertThat(Misses.examine(host, false).found()).as("all undone").isEmpty();
    }

    private void withoutItsLease(Field field, GoFlannel flannel) throws IOException {
        field.delete(flannel.key());
        named(Misses.examine(field.host(1), false), "lease-lost");
        expectStatus(look(field.host(1)), Verdict.Grade.NOT_WORKING, "no-lease");
        flannel.lease("vxlan");
    }

    private void withoutItsProcess(Field field, GoFlannel flannel) throws IOException {
        FieldHost host = field.host(1);
        String[] flags = {"--etcd-endpoints=" + field.endpoint(), "--etcd-prefix=" + field.prefix()};
        GoFlannel second = new GoFlannel(field, 1, 2);
        second.startProcess(false);
        named(Misses.examine(host, false), "other-daemon");
        second.stopProcess();
        flannel.stopProcess();
        named(Misses.examine(host, false, flags), "daemon-down");
        expectStatus(look(host, flags), Verdict.Grade.DEGRADED, "daemon-down");
        host.sh("rm /run/flannel/subnet.env; ip link del flannel.1");
        named(Misses.examine(host, false, flags), "device", "daemon-down");
    }

    private void named(Report report, String... checks) {
        softly.assertThat(report.found())
                .extracting(it -> it.check().code())
                .as(report.found().toString())
                .containsExactlyInAnyOrder(checks);
    }
}
