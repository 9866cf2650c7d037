package jflannel.ipsec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.XfrmPolicy;
import jflannel.kernel.XfrmPolicy.Direction;
import jflannel.vici.Section;
import org.junit.jupiter.api.Test;

class ConnectionTest {
    private static final IkeSettings SETTINGS = new IkeSettings(
            Map.of(Family.IPV4, Ip.parse("203.0.113.1")),
            new Credentials.SharedKey("secret".repeat(20)),
            "aes128gcm16-sha256-prfsha256-ecp256",
            false);

    @Test
    void isNamedAsByGoFlannel() {
        Connection connection = only(out("10.5.1.0/24", "10.5.2.0/24", "192.0.2.2"));
        assertThat(connection.name()).isEqualTo("203.0.113.1-10.5.1.0/24-10.5.2.0/24-192.0.2.2");
        assertThat(connection.children().getFirst().name()).isEqualTo("10.5.1.0/24-10.5.2.0/24");
    }

    @Test
    void saysWhatGoFlannelSays() {
        Connection connection = only(out("10.5.1.0/24", "10.5.2.0/24", "192.0.2.2"));
        Section said = connection.section(SETTINGS, List.of(), List.of()).section(connection.name());
        assertThat(said.text("version")).isEqualTo("2");
        assertThat(said.items("proposals")).containsExactly("aes256-sha256-modp4096");
        assertThat(said.text("keyingtries")).isEqualTo("0");
        assertThat(said.text("encap")).isEqualTo("no");
        assertThat(said.section("local").text("auth")).isEqualTo("psk");
        Section child = said.section("children").section("10.5.1.0/24-10.5.2.0/24");
        assertThat(child.items("local_ts")).containsExactly("10.5.1.0/24");
        assertThat(child.items("remote_ts")).containsExactly("10.5.2.0/24");
        assertThat(child.items("esp_proposals")).containsExactly("aes128gcm16-sha256-prfsha256-ecp256");
        assertThat(child.text("mode")).isEqualTo("tunnel");
        assertThat(child.text("policies")).isEqualTo("no");
        assertThat(child.text("reqid")).isEqualTo("11");
        assertThat(child.text("rekey_time")).isEqualTo("1h");
        assertThat(child.text("dpd_action")).isEqualTo("restart");
    }

    /// Behind NAT the peer knows this node by another address than the one that it sends from.
    @Test
    void sendsFromTheInterfaceAndIsKnownByThePublicAddress() {
        Connection connection = only(out("10.5.1.0/24", "10.5.2.0/24", "192.0.2.2"));
        Section said = connection.section(SETTINGS, List.of(), List.of()).section(connection.name());
        assertThat(said.items("local_addrs")).containsExactly("192.0.2.1");
        assertThat(said.section("local").text("id")).isEqualTo("203.0.113.1");
        assertThat(said.section("remote").text("id")).isEqualTo("192.0.2.2");
    }

    @Test
    void oneOfTwoNodesBegins() {
        Connection here = only(out("10.5.1.0/24", "10.5.2.0/24", "203.0.113.2"));
        IkeSettings there = new IkeSettings(
                Map.of(Family.IPV4, Ip.parse("203.0.113.2")), SETTINGS.credentials(), "aes128gcm16", false);
        Connection other = Connection.of(
                        List.of(policy(Direction.OUT, "10.5.2.0/24", "10.5.1.0/24", "203.0.113.2", "203.0.113.1")),
                        there)
                .getFirst();
        assertThat(here.begins()).isTrue();
        assertThat(other.begins()).isFalse();
    }

    @Test
    void bothFamiliesOfPodsShareTheConnectionOfTwoHosts() {
        Connection connection =
                only(out("10.5.1.0/24", "10.5.2.0/24", "192.0.2.2"), out("fd05:1::/64", "fd05:2::/64", "192.0.2.2"));
        assertThat(connection.children()).hasSize(2);
        assertThat(connection.name()).contains("10.5.1.0/24");
    }

    @Test
    void incomingPoliciesAreNoConnections() {
        assertThat(Connection.of(
                        List.of(
                                policy(Direction.IN, "10.5.2.0/24", "10.5.1.0/24", "192.0.2.2", "192.0.2.1"),
                                policy(Direction.FWD, "10.5.2.0/24", "10.5.1.0/24", "192.0.2.2", "192.0.2.1")),
                        SETTINGS))
                .isEmpty();
    }

    @Test
    void isRecognisedAmongThoseThatCharonLists() {
        Connection connection = only(out("10.5.1.0/24", "10.5.2.0/24", "192.0.2.2"));
        Section listed = Section.EMPTY
                .with("local_addrs", List.of("192.0.2.1"))
                .with("remote_addrs", List.of("192.0.2.2"))
                .with("children", Section.EMPTY.with("10.5.1.0/24-10.5.2.0/24", Section.EMPTY));
        assertThat(connection.isLoaded(listed)).isTrue();
        Connection more =
                only(out("10.5.1.0/24", "10.5.2.0/24", "192.0.2.2"), out("fd05:1::/64", "fd05:2::/64", "192.0.2.2"));
        assertThat(more.isLoaded(listed)).isFalse();
        assertThat(connection.isLoaded(Section.EMPTY)).isFalse();
    }

    @Test
    void theKeyIsInNoText() {
        Connection connection = only(out("10.5.1.0/24", "10.5.2.0/24", "192.0.2.2"));
        assertThat(SETTINGS + " " + connection + SETTINGS.stamp() + connection.section(SETTINGS, List.of(), List.of()))
                .doesNotContain("secret");
    }

    @Test
    void complaintsOfCharonAreExplained() {
        assertThat(Complaints.meaning("tried 1 shared key for '192.0.2.1' - '192.0.2.2', but MAC mismatched"))
                .contains("PSK");
        assertThat(Complaints.meaning("received NO_PROPOSAL_CHOSEN notify error"))
                .contains("ESPProposal");
        assertThat(Complaints.meaning("peer not responding, trying again (2/0)"))
                .contains("4500");
        assertThat(Complaints.meaning("sending keep alive")).isEmpty();
    }

    private static Connection only(XfrmPolicy... policies) {
        List<Connection> all = Connection.of(List.of(policies), SETTINGS);
        assertThat(all).hasSize(1);
        return all.getFirst();
    }

    private static XfrmPolicy out(String own, String subnet, String peer) {
        return policy(Direction.OUT, own, subnet, "192.0.2.1", peer);
    }

    private static XfrmPolicy policy(Direction direction, String source, String destination, String from, String to) {
        return new XfrmPolicy(
                direction, Cidr.parse(source), Cidr.parse(destination), Ip.parse(from), Ip.parse(to), XfrmPolicy.OURS);
    }
}
