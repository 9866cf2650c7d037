package jflannel.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import jflannel.ip.Family;
import jflannel.json.Json;
import jflannel.testing.OwnNetns;
import jflannel.trace.Live;
import jflannel.trace.Question;
import jflannel.trace.Trace;
import jflannel.trace.TraceJson;
import jflannel.trace.Verdict;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/// flanneld itself, in the lab: what explanations of each backend say, checked on live packets.
@ExtendWith(OwnNetns.class)
class ScenariosIT {
    @ParameterizedTest(name = "{0} shows /{1}/ between the nodes")
    @CsvSource(delimiter = '|', textBlock = """
            UDP          | 10.168.0.2.\\d+ > 10.168.0.3.8285: UDP, length 84 \\[ 100.96.1.2 > 100.96.2.3: ICMP echo request.* ]
            UDP_DAEMON   | 10.168.0.2.8285 > 10.168.0.3.8285: UDP, length 84 \\[ 100.96.1.2 > 100.96.2.3: ICMP echo request.* ]
            VXLAN        | 10.168.0.2.\\d+ > 10.168.0.3.8472: UDP, length 106, OTV/VXLAN vni 1 \\[ 100.96.1.2 > 100.96.2.3: ICMP.* ]
            VXLAN_DIRECT | 100.96.1.2 > 100.96.2.3: ICMP echo request, seq 1, length 64
            VXLAN_EXTERNAL | 10.168.0.2.\\d+ > 10.168.0.3.8472: UDP, length 106, OTV/VXLAN vni 1 \\[ 100.96.1.2 > 100.96.2.3: ICMP.* ]
            HOST_GW      | 100.96.1.2 > 100.96.2.3: ICMP echo request, seq 1, length 64
            ALLOC        | 100.96.1.2 > 100.96.2.3: ICMP echo request, seq 1, length 64
            """)
    void everyPodReachesEveryOther(Scenario scenario, String between) throws Exception {
        ConnectivityCheck check = run(LabSetup.of(scenario).withNodes(3));
        assertThat(underlay(check.traces().getFirst())).allMatch(matches(between));
    }

    @ParameterizedTest(name = "{0}, both families, nftables")
    @EnumSource(
            value = Scenario.class,
            names = {"VXLAN", "VXLAN_DIRECT", "VXLAN_EXTERNAL", "HOST_GW", "ALLOC"})
    void bothFamiliesWorkTogether(Scenario scenario) throws Exception {
        run(LabSetup.of(scenario).withFamilies(EnumSet.allOf(Family.class)).withNftables(true));
    }

    @ParameterizedTest
    @EnumSource(
            value = Scenario.class,
            names = {"VXLAN", "VXLAN_EXTERNAL"})
    void ipv6WorksAlone(Scenario scenario) throws Exception {
        ConnectivityCheck check = run(LabSetup.of(scenario).withFamilies(EnumSet.of(Family.IPV6)));
        assertThat(underlay(check.traces().getFirst()))
                .allMatch(matches("fd00:10:168::2.\\d+ > fd00:10:168::3.8472: UDP.* vni 1 \\[ fd00:100:96:1::2 > .*"));
    }

    @Test
    void nodesFindSubnetsWithoutReservations() throws Exception {
        run(LabSetup.of(Scenario.HOST_GW).withReservations(false));
    }

    /// Everything works, or the failure tells what was seen and what flanneld said.
    private static ConnectivityCheck run(LabSetup setup) throws IOException {
        try (Lab lab = Lab.with(setup)) {
            ConnectivityCheck check = ConnectivityCheck.on(lab);
            assertThat(check.works())
                    .as(() -> check.pairs() + "\n" + check.traces() + "\n" + logs(lab))
                    .isTrue();
            // as in any pod, a process is in it, by which its namespace is found
            lab.pod(1).start("sleep.log", "sleep", "infinity");
            for (Family family : setup.families()) {
                Trace trace = lab.node(1)
                        .liveTrace(Question.echo(
                                lab.node(1).podAddress(family), lab.node(2).podAddress(family)));
                assertThat(trace.verdict())
                        .as(() -> Json.indented(TraceJson.of(trace)))
                        .isEqualTo(Verdict.OK);
                assertThat(trace.live().map(Live::answer)).contains(Live.Answer.REPLY);
            }
            return check;
        }
    }

    private static String logs(Lab lab) {
        StringBuilder logs = new StringBuilder();
        for (LabNode node : lab.nodes()) {
            try {
                logs.append(node.host().name())
                        .append(":\n")
                        .append(node.flanneld().output());
            } catch (IOException e) {
                logs.append(e);
            }
        }
        return logs.toString();
    }

    /// The request as it passed the eth0 of both nodes.
    private static List<String> underlay(PathTrace trace) {
        return trace.observations().stream()
                .filter(observation -> observation.hop().host().startsWith("node-")
                        && observation.hop().device().equals(LabNode.UNDERLAY))
                .map(observation -> observation.request().toString())
                .toList();
    }

    private static Predicate<String> matches(String pattern) {
        return Pattern.compile(pattern).asMatchPredicate();
    }
}
