package jflannel.etcd;

import static jflannel.etcd.Nodes.SUBNETS;
import static jflannel.etcd.Nodes.eventually;
import static jflannel.etcd.Nodes.put;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import jflannel.lease.LeaseEvent;
import jflannel.testing.FlannelCommand;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(OwnNetns.class)
class LeaseCommandIT {
    private static final String CONFIG =
            "{\"Network\":\"10.5.0.0/16\",\"SubnetMax\":\"10.5.99.0\",\"Backend\":{\"Type\":\"host-gw\"}}";

    @TempDir
    Path directory;

    private static FlannelCommand.Said lease(String... words) {
        List<String> all = new ArrayList<>(List.of("lease"));
        all.addAll(List.of(words));
        all.add("--etcd-endpoints=" + Nodes.URL);
        return FlannelCommand.run(all.toArray(String[]::new));
    }

    private static String done(String... words) {
        FlannelCommand.Said said = lease(words);
        assertThat(said.exitCode()).as(said.output()).isZero();
        return said.output();
    }

    private static void refused(String because, String... words) {
        FlannelCommand.Said said = lease(words);
        assertThat(said.output()).contains(because);
        assertThat(said.exitCode()).isEqualTo(2);
    }

    @Test
    void listsAndShowsWhatEveryRecordIsWorthHoweverBroken() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            String own = node.subnet().toString();
            put(SUBNETS + "10.5.200.0-24", "{\"PublicIP\":\"192.0.2.200\"}");
            put(SUBNETS + "10.5.200.128-25", "{\"PublicIP\":\"192.0.2.201\",\"BackendType\":\"host-gw\"}");
            put(SUBNETS + "10.5.201.0-24", "{\"PublicIP\":\"192.0.2.202\",\"BackendType\":\"vx\\u001b[31mlan\u009b\"}");
            put(SUBNETS + "x\u001b]0;evil\u0007", "{}");
            put(SUBNETS + "10.5.202.0-24", "");

            String list = done("list");
            assertThat(list).doesNotContainPattern("[\\p{Cc}&&[^\n]]");
            assertThat(list.lines())
                    .anyMatch(line -> line.matches("SUBNET +HOST +BACKEND +ENDS +STATE"))
                    .anyMatch(line -> line.matches(own + " +192\\.0\\.2\\.1 +host-gw +in 23:59 h +used"))
                    .anyMatch(
                            line -> line.matches(
                                    "10\\.5\\.200\\.0/24 +192\\.0\\.2\\.200 +- +reserved +waits for its host: .* not one of .*"))
                    .anyMatch(line -> line.matches("10\\.5\\.200\\.128/25 .*ignored: .*overlaps 10\\.5\\.200\\.0/24.*"))
                    .anyMatch(line ->
                            line.matches("10\\.5\\.201\\.0/24 .*ignored: its backend is \"vx\\\\u001b\\[31mlan.*"))
                    .anyMatch(line -> line.matches("\"x\\\\u001b]0;evil\\\\u0007\" +\\? +- +reserved +ignored: .*"))
                    .anyMatch(line -> line.matches("10\\.5\\.202\\.0/24 .*ignored: the value is empty"))
                    .hasSize(7);

            String text = done("list", "-o", "json");
            assertThat(text).doesNotContainPattern("[\\p{Cc}&&[^\n]]");
            JsonNode json = new ObjectMapper().readTree(text).path("leases");
            assertThat(json.findValuesAsText("state"))
                    .containsExactlyInAnyOrder("used", "waiting", "ignored", "ignored", "ignored", "ignored");
            assertThat(json.findValuesAsText("name")).contains("x\u001b]0;evil\u0007");

            assertThat(done("show", own))
                    .startsWith(own + "\n")
                    .contains("  state               used\n", "  public address      192.0.2.1\n", node.key());
            assertThat(done("show", "192.0.2.201")).contains("ignored: it is held by 192.0.2.201, and");
            assertThat(done("show", "10.5.200.130")).contains("10.5.200.0/24\n", "10.5.200.128/25\n");
            refused("Of the 6 leases", "show", "192.0.2.77");
        }
    }

    @Test
    void reservesOnlyWhatAHostMayHaveAndNobodyElseHas() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            String taken = nodes.node("192.0.2.1").subnet().toString();
            put(SUBNETS + "10.5.50.0-24", "{\"PublicIP\":\"192.0.2.50\"}");
            put(SUBNETS + "10.5.51.0-24", "junk");
            List<String> before = Nodes.keys();
            refused("gets one /24 from 10.5.1.0 to 10.5.99.0", "reserve", "10.5.200.0/24", "--for=192.0.2.9");
            refused("gets one /24", "reserve", "10.5.40.0/25", "--for=192.0.2.9");
            refused("gets one /24", "reserve", "10.6.1.0/24", "--for=192.0.2.9");
            refused("is the lease of 192.0.2.1, with 23:59 h of 24:00 h left", "reserve", taken, "--for=192.0.2.9");
            refused("reserved for 192.0.2.50", "reserve", "10.5.50.0/24", "--for=192.0.2.9");
            refused("an unknown node", "reserve", "10.5.51.0/24", "--for=192.0.2.9");
            refused("cannot receive packets", "reserve", "10.5.40.0/24", "--for=127.0.0.1");
            refused("covers its address", "reserve", "10.5.40.0/24", "--for=10.5.40.1");
            refused("Say which host is to have it", "reserve", "10.5.40.0/24");
            refused("--for: \"here\"", "reserve", "10.5.40.0/24", "--for=here");
            refused(
                    "There is no key " + SUBNETS + "10.5.40.0-24. Reserved are: 10.5.50.0-24",
                    "release",
                    "10.5.40.0/24");
            assertThat(Nodes.keys()).isEqualTo(before);

            assertThat(done("reserve", "10.5.40.0/24", "--for=192.0.2.9"))
                    .contains("reserved 10.5.40.0/24 for 192.0.2.9");
            assertThat(Nodes.get(SUBNETS + "10.5.40.0-24"))
                    .isEqualTo("{\"PublicIP\":\"192.0.2.9\",\"PublicIPv6\":null}");
            assertThat(Nodes.etcdLease(SUBNETS + "10.5.40.0-24")).isEqualTo("0");
            assertThat(done("reserve", "10.5.40.0/24", "--for=192.0.2.9")).contains("already");
            assertThat(nodes.node("192.0.2.9").subnet()).hasToString("10.5.40.0/24");
            assertThat(done("release", "10.5.50.0/24")).contains("no host was using it");
            assertThat(done("release", "10.5.51.0-24")).contains("deleted the record 10.5.51.0/24");
            assertThat(Nodes.keys()).hasSize(2);
        }
    }

    @Test
    void aHostKeepsItsSubnetWhileItIsReservedAndReleased() throws Exception {
        try (Nodes nodes = new Nodes(directory, CONFIG)) {
            Nodes.Node node = nodes.node("192.0.2.1");
            Nodes.Node other = nodes.node("192.0.2.2");
            eventually(() -> assertThat(other.peers()).hasSize(1));
            String own = node.subnet().toString();
            assertThat(done("reserve", own)).contains("which has it now");
            assertThat(Nodes.etcdLease(node.key())).isEqualTo("0");
            assertThat(done("release", own)).contains("is no longer reserved", "ordinary lease");
            String lease = Nodes.etcdLease(node.key());
            assertThat(lease).isNotEqualTo("0");
            refused("Stop the flanneld there", "release", own);
            assertThat(Nodes.etcdLease(node.key())).isEqualTo(lease);
            assertThat(other.events).noneMatch(event -> event instanceof LeaseEvent.Removed);

            assertThat(done("release", own, "--force"))
                    .contains("deleted the lease " + own + " of 192.0.2.1", "takes it again at once");
            eventually(() -> assertThat(other.events).anyMatch(event -> event instanceof LeaseEvent.Removed));
            eventually(() -> assertThat(Nodes.keys()).hasSize(2));
            assertThat(node.subnet()).hasToString(own);
        }
    }
}
