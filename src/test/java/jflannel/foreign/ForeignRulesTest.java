package jflannel.foreign;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Rules of real programs, as their tools printed them, and small ones of each kind.
class ForeignRulesTest {
    private static final Traffic VXLAN = new Traffic(
            Map.of(Family.IPV4, Cidr.parse("10.244.0.0/16"), Family.IPV6, Cidr.parse("fd00:244::/48")),
            Map.of(Family.IPV4, Cidr.parse("10.244.5.0/24"), Family.IPV6, Cidr.parse("fd00:244:0:5::/64")),
            Map.of(),
            Map.of(Family.IPV4, "flannel.1", Family.IPV6, "flannel-v6.1"),
            Map.of(Family.IPV4, "eth0", Family.IPV6, "eth0"),
            Map.of(Family.IPV4, Ip.parse("192.168.100.11")),
            List.of(Ip.parse("192.168.100.12")),
            List.of(Traffic.Outer.udp(8472)),
            false,
            true,
            false);
    private static final Map<String, List<String>> SETS =
            Map.of("bogons", List.of("192.0.2.0/24", "10.0.0.0/8"), "scanners", List.of("203.0.113.7"));
    private static final LocalDevices DOCKER0 = node("docker0");
    private static final LocalDevices CNI0 = node("cni0");
    private static final String OURS = """
            *filter
            :FLANNEL-FWD - [0:0]
            -A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
            -A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
            -A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
            COMMIT
            *nat
            :FLANNEL-POSTRTG - [0:0]
            -A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
            -A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
            -A FLANNEL-POSTRTG -s 10.244.5.0/24 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j RETURN
            -A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.5.0/24 -m comment --comment "flanneld masq" -j RETURN
            -A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.5.0/24 -m comment --comment "flanneld masq" -j RETURN
            -A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE
            -A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j MASQUERADE
            COMMIT
            """;

    private static LocalDevices node(String bridge) {
        return new LocalDevices(
                Map.of(Family.IPV4, bridge, Family.IPV6, bridge), Map.of(Family.IPV4, Ip.parse("192.168.100.11")));
    }

    private static Traffic traffic(Optional<Integer> port, boolean nftables) {
        return new Traffic(
                VXLAN.networks(),
                VXLAN.subnets(),
                VXLAN.others(),
                port.isPresent() ? VXLAN.devices() : Map.of(Family.IPV4, "eth0", Family.IPV6, "eth0"),
                VXLAN.underlay(),
                VXLAN.addresses(),
                VXLAN.peers(),
                port.map(Traffic.Outer::udp).stream().toList(),
                nftables,
                true,
                false);
    }

    private static String file(String name) throws IOException {
        try (var stream = ForeignRulesTest.class.getResourceAsStream(name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static List<String> iptables(String rules, LocalDevices node, Traffic traffic) {
        List<String> lines = rules.lines().filter(IptablesReader::matters).toList();
        return words(ForeignRules.find(IptablesReader.read(lines, "iptables", Family.IPV4, SETS), traffic, node));
    }

    private static List<String> nft(String json, LocalDevices node) {
        return words(
                ForeignRules.find(NftReader.read(List.of(json), NftSets.UNKNOWN, NftDevices.UNKNOWN), VXLAN, node));
    }

    private static List<String> words(List<Trouble> troubles) {
        return troubles.stream().map(it -> it.found().words()).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"docker-20.rules", "docker-28.rules", "kube-proxy.rules"})
    void othersThatLetOurTrafficThroughAreNotBlamed(String file) throws Exception {
        for (Traffic traffic : List.of(VXLAN, traffic(Optional.of(8285), false), traffic(Optional.empty(), false))) {
            String elsewhere = file(file).replace("10.244.5.", "172.17.0."); // Docker's usual network
            assertThat(iptables(elsewhere + OURS, CNI0, traffic)).isEmpty();
            assertThat(iptables(elsewhere + OURS, new LocalDevices(Map.of(), Map.of()), traffic))
                    .as("no bridge yet")
                    .isEmpty();
        }
    }

    @Test
    void oldDockerThatServesThePodsIsNotBlamed() throws Exception {
        String onPods = file("docker-20.rules").replace("-s 172.17.0.0/16 ! -o docker0", "-s 172.31.0.0/16 ! -o br-1");
        assertThat(iptables(onPods.replace("172.17.0.", "10.244.5.") + OURS, DOCKER0, VXLAN))
                .isEmpty();
    }

    @Test
    void docker28ThatServesThePodsDropsWhatComesFromOtherNodes() throws Exception {
        assertThat(iptables(file("docker-28.rules") + OURS, DOCKER0, VXLAN))
                .containsExactlyInAnyOrder(
                        "Docker drops packets from pods of other nodes to pods of this one: iptables, table raw, chain"
                                + " PREROUTING, -A PREROUTING -d 10.244.5.2/32 ! -i docker0 -j DROP. Start dockerd with"
                                + " --allow-direct-routing (Docker 28.2 and newer; mk-docker-opts.sh -r), or attach the"
                                + " containers to the network that flannel docker-network create makes",
                        "Docker drops packets from pods of other nodes to pods of this one: iptables, table filter, chain"
                                + " DOCKER, -A DOCKER ! -i docker0 -o docker0 -j DROP. Do:"
                                + " iptables -I DOCKER-USER -s 10.244.0.0/16 -j ACCEPT && iptables -I DOCKER-USER -d"
                                + " 10.244.0.0/16 -j ACCEPT");
    }

    @Test
    void severalRulesOfOneKindAreOneTrouble() throws Exception {
        String raw = "-A PREROUTING -d 10.244.5.2/32 ! -i docker0 -j DROP";
        String more = file("docker-28.rules").replace(raw, raw + "\n" + raw.replace(".2/", ".3/"));
        assertThat(iptables(more, DOCKER0, VXLAN))
                .anyMatch(words -> words.contains("10.244.5.2/32 ! -i docker0 -j DROP (and 1 more). Start"));
    }

    @Test
    void aCureInTheChainOfDockersUserCounts() throws Exception {
        String cured = file("docker-28.rules")
                .replaceAll("(?s)\\*raw.*?COMMIT\n", "")
                .replace(
                        "-A DOCKER ",
                        "-A DOCKER-USER -s 10.244.0.0/16 -j ACCEPT\n-A DOCKER-USER -d 10.244.0.0/16 -j ACCEPT\n-A DOCKER ");
        assertThat(iptables(cured + OURS, DOCKER0, VXLAN)).isEmpty();
    }

    @Test
    void docker29DropsInTablesOfItsOwn() throws Exception {
        assertThat(nft(file("docker-29.json"), DOCKER0))
                .hasSize(3)
                .anyMatch(
                        words -> words.startsWith(
                                "Docker drops packets from pods of other nodes to pods of this one: the"
                                        + " nftables table ip docker-bridges, chain raw-PREROUTING, ip daddr 10.244.5.2 iifname !="
                                        + " docker0 drop comment \"DROP DIRECT ACCESS\". Attach the containers to the network that flannel docker-network"))
                .anyMatch(words -> words.contains("chain filter-forward-in__docker0, drop comment"))
                .anyMatch(
                        words -> words.startsWith("Docker replaces addresses in packets from pods of this node to pods"
                                        + " of other nodes: the nftables table ip docker-bridges, chain nat-POSTROUTING, oifname !="
                                        + " docker0 ip saddr 10.244.5.0/24 masquerade")
                                && words.endsWith("Start flanneld with --ip-masq and dockerd with --ip-masq=false, as"
                                        + " mk-docker-opts.sh does"));
        assertThat(nft(file("docker-29.json").replace("10.244.5.", "172.17.0."), CNI0))
                .isEmpty();
    }

    @Test
    void aPolicyThatOurRulesAnswerIsNoTrouble() throws Exception {
        String docker = file("docker-20.rules");
        String without = docker.replace("-j FLANNEL-FWD", "-j NOTHING");
        assertThat(iptables(without, CNI0, traffic(Optional.of(8472), true)))
                .hasSize(2)
                .allMatch(
                        words -> words.startsWith("Docker drops packets from pods of ")
                                && words.contains(
                                        "iptables, table filter, the policy of chain FORWARD is to drop. With nftables"
                                                + " flanneld cannot override that. Do: iptables -I DOCKER-USER -s 10.244.0.0/16"));
        assertThat(iptables(without, CNI0, VXLAN)).allMatch(words -> words.contains("(--iptables-forward-rules)"));
    }

    @Test
    void firewalldRejectsWhatItDoesNotKnow() throws Exception {
        assertThat(nft(file("firewalld.json"), CNI0))
                .anyMatch(words -> words.startsWith(
                                "firewalld drops packets from pods of other nodes to pods of this one: the"
                                        + " nftables table inet firewalld, chain filter_FWD_public, reject.")
                        && words.endsWith("Do: firewall-cmd --permanent --zone=trusted --add-source=10.244.0.0/16 &&"
                                + " firewall-cmd --reload"))
                .anyMatch(words -> words.startsWith("firewalld drops tunnel packets from other nodes: ")
                        && words.endsWith("Do: firewall-cmd --permanent --add-port=8472/udp && firewall-cmd --reload"));
    }

    @Test
    void firewalldThatTrustsThePodsIsNotBlamed() throws Exception {
        assertThat(nft(file("firewalld-open.json"), CNI0)).noneMatch(words -> words.contains("10.244"));
        Traffic v4 = new Traffic(
                Map.of(Family.IPV4, Cidr.parse("10.244.0.0/16")),
                Map.of(Family.IPV4, Cidr.parse("10.244.5.0/24")),
                Map.of(),
                Map.of(Family.IPV4, "flannel.1"),
                Map.of(Family.IPV4, "eth0", Family.IPV6, "eth0"),
                VXLAN.addresses(),
                VXLAN.peers(),
                List.of(Traffic.Outer.udp(8472)),
                false,
                true,
                false);
        assertThat(ForeignRules.find(
                        NftReader.read(List.of(file("firewalld-open.json")), NftSets.UNKNOWN, NftDevices.UNKNOWN),
                        v4,
                        CNI0))
                .isEmpty();
    }

    @Test
    void ufwDropsTheTunnelUnlessItWasTold() throws Exception {
        assertThat(iptables(file("ufw.rules") + OURS, CNI0, VXLAN))
                .containsExactly(
                        "ufw drops tunnel packets from other nodes: iptables, table filter, the policy of chain INPUT"
                                + " is to drop. Do: ufw allow 8472/udp");
        assertThat(iptables(file("ufw-open.rules"), CNI0, VXLAN)).isEmpty();
        assertThat(iptables(file("ufw.rules"), CNI0, traffic(Optional.empty(), true)))
                .hasSize(2)
                .allMatch(words -> words.endsWith(
                        "Do: ufw route allow from 10.244.0.0/16 && ufw route allow to" + " 10.244.0.0/16"));
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            *filter;-P FORWARD DROP                                                          | 2
            *filter;-A FORWARD -j DROP                                                       | 2
            *filter;-A FORWARD -i flannel.1 -j REJECT --reject-with icmp-port-unreachable    | 1
            *filter;-A FORWARD -i flannel+ -j DROP                                           | 1
            *filter;-A FORWARD ! -i eth0 -o cni0 -j DROP                                     | 1
            *filter;-A FORWARD -s 10.0.0.0/8 -p tcp -m conntrack --ctstate NEW -j DROP       | 2
            *filter;-A FORWARD -s 10.0.0.0/8 -d 10.0.0.0/8 -j ACCEPT;-A FORWARD -j DROP       | 0
            *filter;-A FORWARD -m set --match-set friends src -j ACCEPT;-A FORWARD -j DROP    | 0
            *filter;-A FORWARD -m set --match-set bogons src -j DROP                         | 2
            *filter;-A FORWARD -m set ! --match-set scanners src -j DROP                     | 2
            *filter;-A FORWARD -m set --match-set scanners src -j DROP                       | 0
            *filter;-A FORWARD -m set --match-set bogons src,src -j DROP                     | 0
            *filter;-A FORWARD -m set --match-set nobody src -j DROP                         | 0
            *filter;-A FORWARD -m limit --limit 1/sec -j DROP                                | 0
            *filter;-A FORWARD -p icmp -j DROP                                               | 0
            *filter;-A FORWARD -p udp -j DROP                                                | 0
            *filter;-A FORWARD -p tcp -m tcp --dport 25 -j DROP                              | 0
            *filter;-A FORWARD -p tcp -m multiport --dports 25,1000:2000 -j DROP             | 0
            *filter;-A FORWARD -m conntrack --ctstate INVALID -j DROP                        | 0
            *filter;-A FORWARD -d 10.244.5.9/32 -j DROP                                      | 0
            *filter;-A FORWARD -i eth0 -j DROP                                               | 0
            *filter;-A FORWARD -m mac --mac-source 00:11:22:33:44:55 -j DROP                 | 0
            *filter;-A FORWARD -j LOG --log-prefix "x ";-A FORWARD -j DROP                   | 2
            *filter;-A FORWARD -j A;-A A -s 10.0.0.0/8 -j RETURN;-A A -j DROP                | 0
            *filter;-A FORWARD -j A;-A A -j B;-A B -j DROP                                   | 2
            *filter;-A FORWARD -g A;-A FORWARD -j ACCEPT;-P FORWARD DROP                     | 2
            *filter;-A FORWARD -j A;-A A -j A;-A FORWARD -j DROP                             | 0
            *filter;-A INPUT -p udp -m udp --dport 8472 -j DROP                              | 1
            *filter;-A INPUT -p udp -j DROP                                                  | 1
            *filter;-A INPUT -i eth0 -p tcp -j DROP                                          | 0
            *filter;-A INPUT -s 192.168.0.0/16 -j ACCEPT;-P INPUT DROP                       | 0
            *filter;-A INPUT -s 192.168.100.13/32 -j ACCEPT;-P INPUT DROP                    | 1
            *filter;-A OUTPUT -o eth0 -p udp -m udp --dport 8472 -j DROP                     | 1
            *raw;-A PREROUTING -i flannel.1 -j DROP                                          | 1
            *mangle;-P PREROUTING DROP                                                       | 3
            *mangle;-A POSTROUTING -o cni0 -j DROP                                           | 1
            *nat;-A POSTROUTING -j MASQUERADE                                                | 2
            *nat;-A POSTROUTING -o eth0 -j MASQUERADE                                        | 0
            *nat;-A POSTROUTING -o eth0 -j MASQUERADE --random-fully                         | 1
            *nat;-A POSTROUTING -o eth0 -j SNAT --to-source 192.168.100.200                  | 1
            *nat;-A POSTROUTING -o eth0 -j SNAT --to-source 192.168.100.11                   | 0
            *nat;-A POSTROUTING -s 10.244.0.0/16 -j MASQUERADE                               | 2
            *nat;-A POSTROUTING -s 10.244.0.0/16 ! -d 10.244.0.0/16 -j MASQUERADE            | 0
            *nat;-A PREROUTING -p udp -m udp --dport 8472 -j DNAT --to-destination 10.1.1.1  | 1
            *nat;-A PREROUTING -p tcp -m tcp --dport 80 -j REDIRECT --to-ports 3128          | 0
            """)
    void findsCertainHarmAndNothingElse(String rules, int troubles) {
        assertThat(iptables(text(rules), CNI0, VXLAN)).hasSize(troubles);
    }

    @Test
    void aSetOfIpsetIsReadIfItHoldsAddressesAlone() {
        assertThat(Ipsets.elements(List.of("create bad hash:net family inet", "add bad 10.0.0.0/8 timeout 9")))
                .contains(List.of("10.0.0.0/8"));
        assertThat(Ipsets.elements(List.of("create bad hash:ip,port family inet", "add bad 10.0.0.1,tcp:80")))
                .isEmpty();
        assertThat(Ipsets.elements(List.of("create bad hash:net family inet", "add bad 10.0.0.0/8 nomatch")))
                .isEmpty();
    }

    @Test
    void theDevicesOfAChainAreFoundInEitherFormOfNfts() {
        String text = "table netdev t {\n\tchain a {\n\t\ttype filter hook ingress devices = { eth0, tun0 } priority 0;"
                + "\n\t}\n\tchain b {\n\t\ttype filter hook egress device \"eth1\" priority 0;\n\t}\n}\n";
        NftDevices devices = NftDevices.read(Map.of("netdev t", text));
        assertThat(devices.of("netdev t", "a", null)).containsExactlyInAnyOrder("eth0", "tun0");
        assertThat(devices.of("netdev t", "b", null)).containsExactly("eth1");
        assertThat(devices.of("netdev t", "c", null)).isEmpty();
        assertThat(devices.of("netdev t", "c", List.of("eth2", "eth3"))).containsExactlyInAnyOrder("eth2", "eth3");
    }

    /// `*table;rule;rule` as iptables-save prints it; a policy stands as `-P`.
    private static String text(String rules) {
        List<String> lines = new ArrayList<>();
        List<String> parts = List.of(rules.split(";"));
        lines.add(parts.getFirst());
        for (Hook hook : Hook.values()) {
            String policy = parts.contains("-P " + hook.name() + " DROP") ? "DROP" : "ACCEPT";
            lines.add(":" + hook.name() + " " + policy + " [0:0]");
        }
        parts.stream().filter(part -> part.startsWith("-A")).forEach(lines::add);
        lines.add("COMMIT");
        return String.join("\n", lines);
    }

    @Test
    void masqueradeByAnotherAddressThanThatOfTheTunnelIsTrouble() {
        LocalDevices vip =
                new LocalDevices(Map.of(Family.IPV4, "cni0"), Map.of(Family.IPV4, Ip.parse("192.168.100.100")));
        assertThat(iptables(text("*nat;-A POSTROUTING -o eth0 -j MASQUERADE"), vip, VXLAN))
                .containsExactly(
                        "a rule of another program replaces addresses in tunnel packets to other nodes: iptables,"
                                + " table nat, chain POSTROUTING, -A POSTROUTING -o eth0 -j MASQUERADE. Do: iptables"
                                + " -t nat -I POSTROUTING -p udp --dport 8472 -j ACCEPT");
    }

    @Test
    void masqueradeOfWhatLeavesByTheInterfaceRewritesPodsWithoutATunnel() {
        assertThat(iptables(text("*nat;-A POSTROUTING -o eth0 -j MASQUERADE"), CNI0, traffic(Optional.empty(), false)))
                .hasSize(1)
                .first()
                .asString()
                .contains("packets from pods of this node to pods of other nodes");
    }

    @Test
    void ourOwnRulesAreNeverBlamed() {
        String drops = OURS.replace("-d 10.244.0.0/16 -m comment --comment \"flanneld forward\" -j ACCEPT", "-j DROP")
                .replace("-s 10.244.0.0/16 -m comment --comment \"flanneld forward\" -j ACCEPT", "-j DROP");
        assertThat(iptables(text("*filter") + "\n" + drops, CNI0, VXLAN)).isEmpty();
        String table = "{\"nftables\":[{\"chain\":{\"family\":\"inet\",\"table\":\"flannel-peers-blue\",\"name\":\"c\","
                + "\"hook\":\"forward\",\"policy\":\"drop\"}}]}";
        assertThat(nft(table, CNI0)).isEmpty();
        assertThat(nft(table.replace("flannel-peers-blue", "mine"), CNI0)).hasSize(4);
    }

    @Test
    void theOtherFamilyIsLookedAtToo() {
        List<String> lines =
                text("*filter;-A FORWARD -d fd00::/8 -j DROP").lines().toList();
        assertThat(words(ForeignRules.find(IptablesReader.read(lines, "ip6tables", Family.IPV6, SETS), VXLAN, CNI0)))
                .hasSize(2)
                .allMatch(words -> words.contains("ip6tables -t filter -I FORWARD -s fd00:244::/48 -j ACCEPT"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*filter;-A OUTPUT -p udp -m udp --dport 8472 -j DROP",
                "*filter;-A INPUT -p udp -m udp --dport 8472 -j DROP",
                "*raw;-A PREROUTING -s 10.244.0.0/16 -j DROP",
                "*mangle;-A PREROUTING -i cni0 -j DROP"
            })
    void theRemedyForADropOfAnUnknownProgramIsACommand(String rules) {
        assertThat(iptables(text(rules), CNI0, VXLAN))
                .isNotEmpty()
                .allMatch(words -> words.matches(".*\\. Do: iptables -t \\w+ -I .* ACCEPT"), "a command");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            -A POSTROUTING -s 10.244.0.0/16 -j ACCEPT                  | -D POSTROUTING -s 10.244.0.0/16 -j ACCEPT
            -A POSTROUTING ! -d 10.0.0.0/8 -o eth0 -j RETURN           | -D POSTROUTING ! -d 10.0.0.0/8 -o eth0 -j RETURN
            -A POSTROUTING -j VPN                                      | -D VPN -s 10.0.0.0/8 -j ACCEPT
            -A POSTROUTING -o wlan0 -j ACCEPT                          |
            -A POSTROUTING -d 10.244.0.0/16 -j ACCEPT                  |
            -A POSTROUTING -o eth0 -j MASQUERADE                       |
            -A POSTROUTING -s 10.244.0.0/16 -m limit --limit 1/s -j ACCEPT |
            """)
    void whatComesBeforeOurMasqueradeRulesIsNamed(String rule, String deletion) {
        String rules = OURS.replace(":FLANNEL-POSTRTG - [0:0]", """
                :POSTROUTING ACCEPT [0:0]
                :FLANNEL-POSTRTG - [0:0]
                -A VPN -s 10.0.0.0/8 -j ACCEPT
                """ + rule);
        List<String> lines = rules.lines().map(String::strip).toList();
        List<Found> found = Shadows.find(
                IptablesReader.read(lines, "iptables", Family.IPV4, SETS), traffic(Optional.of(8472), false), CNI0);
        assertThat(found)
                .extracting(Found::remedy)
                .isEqualTo(deletion == null ? List.of() : List.of("Do: iptables -t nat " + deletion));
        assertThat(Shadows.find(
                        IptablesReader.read(lines, "iptables", Family.IPV4, SETS),
                        traffic(Optional.of(8472), true),
                        CNI0))
                .isEmpty();
    }
}
