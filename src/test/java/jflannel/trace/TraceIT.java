package jflannel.trace;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import jflannel.foreign.Packet;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.lab.Lab;
import jflannel.lab.LabNode;
import jflannel.lab.LabSetup;
import jflannel.lab.Scenario;
import jflannel.testing.OwnNetns;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Faults planted in a node whose daemon is stopped, one after the other: the trace marks the hop where the packet is
/// lost. (On nodes that are whole, ScenariosIT finds no hop broken.)
@ExtendWith(OwnNetns.class)
class TraceIT {
    private static final Ip REMOTE = Ip.parse("100.96.2.3");
    private static final Ip LOCAL = Ip.parse("100.96.1.2");

    /// @param plant a script for node 1
    /// @param undo another
    /// @param from the sender
    /// @param step of the hop that should be marked
    /// @param reason a pattern for a part of what it should say
    private record Fault(String name, String plant, String undo, Ip from, Step step, String reason) {
        static Fault out(String name, String plant, String undo, Step step, String reason) {
            return new Fault(name, plant, undo, LOCAL, step, reason);
        }

        static Fault in(String name, String plant, String undo, Step step, String reason) {
            return new Fault(name, plant, undo, REMOTE, step, reason);
        }
    }

    private static final List<Fault> FAULTS = List.of(
            Fault.out(
                    "a route is gone",
                    "ip route del 100.96.2.0/24",
                    "ip route replace 100.96.2.0/24 via 100.96.2.0 dev flannel.1 onlink proto 102",
                    Step.ROUTE,
                    "the route to 100.96.2.0/24 is missing"),
            Fault.out(
                    "a neighbor has another MAC address",
                    "ip neigh show 100.96.2.0 dev flannel.1 >/run/neigh;"
                            + " ip neigh replace 100.96.2.0 lladdr 02:00:00:00:00:99 dev flannel.1 nud permanent",
                    "ip neigh replace 100.96.2.0 lladdr $(sed 's/.*lladdr \\(\\S*\\).*/\\1/' /run/neigh) dev flannel.1"
                            + " nud permanent",
                    Step.NEIGHBOR,
                    "holds 02:00:00:00:00:99, but the peer announced"),
            Fault.out(
                    "a forwarding entry is gone",
                    "bridge fdb show dev flannel.1 | sed -n 's/\\(\\S*\\) dst 10.168.0.3.*/\\1/p' >/run/mac;"
                            + " bridge fdb del $(cat /run/mac) dev flannel.1",
                    "bridge fdb replace $(cat /run/mac) dev flannel.1 dst 10.168.0.3 self permanent",
                    Step.FDB,
                    "there is no forwarding entry"),
            Fault.out(
                    "iptables drops in FORWARD",
                    "iptables -I FORWARD -i cni0 -j DROP",
                    "iptables -D FORWARD -i cni0 -j DROP",
                    Step.RULES,
                    "chain FORWARD: -A FORWARD -i cni0 -j DROP"),
            Fault.out(
                    "nft drops in forward, after an accept",
                    "nft add table ip mine; nft 'add chain ip mine f { type filter hook forward priority 10; }';"
                            + " nft add rule ip mine f ip daddr 100.96.2.0/24 drop",
                    "nft delete table ip mine",
                    Step.RULES,
                    "the nftables table ip mine, chain f: ip daddr 100.96.2.0/24 drop"),
            Fault.in(
                    "Docker drops in raw what does not come from its bridge",
                    "iptables -t raw -A PREROUTING -d 100.96.1.2/32 ! -i docker0 -j DROP",
                    "iptables -t raw -F",
                    Step.RULES,
                    "Docker drops it: iptables, table raw, chain PREROUTING"),
            Fault.in(
                    "the tunnel's port is closed",
                    "iptables -I INPUT -p udp --dport 8472 -j DROP",
                    "iptables -D INPUT -p udp --dport 8472 -j DROP",
                    Step.RULES,
                    "chain INPUT: -A INPUT -p udp -m udp --dport 8472 -j DROP"),
            Fault.out(
                    "a rule masquerades all",
                    "iptables -t nat -I POSTROUTING -j MASQUERADE",
                    "iptables -t nat -D POSTROUTING -j MASQUERADE",
                    Step.RULES,
                    "masquerades packets between pods"),
            Fault.out(
                    "a routing rule sends it elsewhere",
                    "ip route add default via 10.168.0.1 table 77; ip rule add to 100.96.0.0/16 lookup 77 priority 100",
                    "ip rule del priority 100; ip route flush table 77",
                    Step.ROUTE,
                    "100: from all to 100.96.0.0/16 lookup 77"),
            Fault.out(
                    "the underlay carries less than the tunnel makes",
                    "ip link set eth0 mtu 1400",
                    "ip link set eth0 mtu 1500",
                    Step.DEVICE,
                    "and 1400 fit through"),
            Fault.out(
                    "the node forwards nothing",
                    "echo 0 >/proc/sys/net/ipv4/ip_forward",
                    "echo 1 >/proc/sys/net/ipv4/ip_forward",
                    Step.ROUTE,
                    "this node forwards no packets that arrive by cni0"),
            Fault.out(
                    "the pod's veth is down",
                    "ip link show master cni0 | sed -n 's/^[0-9]*: \\(\\S*\\)@.*/\\1/p' >/run/veth;"
                            + " ip link set $(cat /run/veth) down",
                    "ip link set $(cat /run/veth) up",
                    Step.DEVICE,
                    "veth\\w+ is down"));

    @Test
    void everyPlantedFaultIsMarkedWhereItIs() throws Exception {
        try (Lab lab = Lab.with(LabSetup.of(Scenario.VXLAN))) {
            lab.reach(1, 2, Family.IPV4, 10);
            LabNode node = lab.node(1);
            node.flanneld().kill();
            String[] flags = {"--etcd-endpoints=" + lab.store().endpoints(), "--iface=" + LabNode.UNDERLAY};

            SoftAssertions softly = new SoftAssertions();
            for (Ip from : List.of(LOCAL, REMOTE)) {
                Trace whole = trace(node, flags, from);
                softly.assertThat(whole.verdict()).as(text(whole)).isEqualTo(Verdict.OK);
            }
            // another network on this machine has a pod of the same address
            lab.store().host().sh("ip addr add 100.96.1.2/32 dev lo");
            lab.store().host().start("sleep.log", "sleep", "infinity");
            // as in any pod, a process is in it, by which its namespace is found
            lab.pod(1).start("sleep.log", "sleep", "infinity");
            seeProbes(lab, flags, softly);
            for (Fault fault : FAULTS) {
                node.sh(fault.plant);
                Trace trace = trace(node, flags, fault.from);
                node.sh(fault.undo);
                Hop last = trace.hops().getLast();
                softly.assertThat(last.verdict() + " " + last.step() + " " + last.reason())
                        .as(fault.name + "\n" + text(trace))
                        .startsWith("BROKEN " + fault.step + " ")
                        .containsPattern(fault.reason);
            }
            lab.node(2).flanneld().kill();
            lab.store().delete("subnets/100.96.2.0-24");
            Hop last = trace(node, flags, LOCAL).hops().getLast();
            softly.assertThat(last.step() + " " + last.reason())
                    .isEqualTo("ROUTE no node has leased the subnet of 100.96.2.3");
            softly.assertAll();
        }
    }

    /// A real packet is seen on each device, or not beyond the rule that drops it, on whichever node.
    private static void seeProbes(Lab lab, String[] flags, SoftAssertions softly) throws IOException {
        LabNode node = lab.node(1);
        Question echo = Question.echo(LOCAL, REMOTE);
        Trace whole = node.liveTrace(echo, flags);
        softly.assertThat(seen(whole))
                .as(text(whole))
                .isEqualTo("REPLY: eth0 ><, veth ><, cni0 ><, flannel.1 ><, eth0 ><");
        for (int protocol : new int[] {Packet.TCP, Packet.UDP}) {
            Trace closed = node.liveTrace(new Question(LOCAL, REMOTE, protocol, 9), flags);
            softly.assertThat(seen(closed))
                    .as(text(closed))
                    .isEqualTo("REFUSAL: eth0 ><, veth ><, cni0 ><, flannel.1 ><, eth0 ><");
        }

        node.sh("iptables -I FORWARD -i cni0 -j DROP");
        Trace here = node.liveTrace(echo, flags);
        node.sh("iptables -D FORWARD -i cni0 -j DROP");
        softly.assertThat(seen(here)).as(text(here)).isEqualTo("NONE: eth0 >, veth >, cni0 >, flannel.1 ");

        lab.node(2).sh("iptables -I FORWARD -d 100.96.2.3 -j DROP");
        softly.assertThat(trace(node, flags, LOCAL).verdict()).isEqualTo(Verdict.OK);
        Trace there = node.liveTrace(echo, flags);
        lab.node(2).sh("iptables -D FORWARD -d 100.96.2.3 -j DROP");
        softly.assertThat(seen(there)).as(text(there)).isEqualTo("NONE: eth0 >, veth >, cni0 >, flannel.1 >, eth0 >");
        softly.assertThat(there.hops().get(there.broken().orElse(0)).step()).isEqualTo(Step.PEER);

        Trace other = node.liveTrace(Question.echo(REMOTE, LOCAL), flags);
        softly.assertThat(other.summary()).contains("No probe was sent: 100.96.2.3 is a pod of another node");
    }

    /// What came back, and which devices the request and the answer passed.
    private static String seen(Trace trace) {
        Live live = trace.live().orElseThrow();
        return live.answer() + ": "
                + live.sightings().stream()
                        .map(sighting -> sighting.device().replaceFirst("veth.*", "veth")
                                + " "
                                + (sighting.request().isPresent() ? ">" : "")
                                + (sighting.reply().isPresent() ? "<" : ""))
                        .collect(Collectors.joining(", "));
    }

    private static Trace trace(LabNode node, String[] flags, Ip from) throws IOException {
        return node.trace(Question.echo(from, from.equals(LOCAL) ? REMOTE : LOCAL), flags);
    }

    private static String text(Trace trace) {
        return Json.indented(TraceJson.of(trace));
    }
}
