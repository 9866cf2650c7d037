package jflannel.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.names.Names;
import jflannel.netlink.NetlinkSocket;
import jflannel.netlink.Rtnetlink;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Truth tables in the manner of the suites that test network plugins: nine pods in three namespaces, each with each,
/// at two ports of three protocols. What the kernel lets pass is compared with what each case says in one line, and so
/// is what the [Judge] says.
@ExtendWith(OwnNetns.class)
final class TruthTablesIT {
    private static final List<String> NAMESPACES = List.of("x", "y", "z");
    private static final List<String> PODS = List.of("a", "b", "c");
    private static final List<Cidr> LOCAL = List.of(Cidr.parse("10.1.0.0/24"));

    /// A connection from a pod to a pod, both as in `x/a`.
    private record Try(String from, String to, Transport transport, int port) {}

    private final List<Try> tries = new ArrayList<>();
    private final List<Endpoint> pods = new ArrayList<>();
    private final Map<String, Map<String, String>> namespaces = new TreeMap<>();
    private final PolicyTable table = new PolicyTable(Names.DEFAULT, false, false);
    private final Renderer renderer = new Renderer();
    private Rendering before = new Rendering();

    @Test
    void the_kernel_and_the_judge_do_what_each_table_says() throws Exception {
        make();
        try (NetlinkSocket socket = new NetlinkSocket(Rtnetlink.NETLINK_NETFILTER);
                ForwardedPackets packets = new ForwardedPackets()) {
            table.whole(before).commit(socket);
            for (TruthTable one : TruthTable.ALL) {
                World world =
                        new World(one.policies().stream().sorted(Policy.ORDER).toList(), namespaces, pods, List.of());
                Rendering now = renderer.render(world, LOCAL);
                table.change(before, now).commit(socket);
                before = now;
                check(one, world, packets);
            }
        }
    }

    private void check(TruthTable one, World world, ForwardedPackets packets) {
        List<Connection> connections = tries.stream()
                .map(it -> new Connection(address(it.from), address(it.to), it.transport.number(), it.port))
                .toList();
        BitSet passing = packets.passing(connections);
        Judge judge = new Judge(world);
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < tries.size(); i++) {
            Try it = tries.get(i);
            boolean should = one.truth().holds(it.from, it.to, it.transport, it.port);
            if (passing.get(i) != should) {
                wrong.add(it + (should ? " was refused" : " passed"));
            }
            if (judge.allows(connections.get(i)) != should) {
                wrong.add(it + " is misjudged");
            }
        }
        assertThat(wrong).as(one.name()).isEmpty();
    }

    private Ip address(String pod) {
        return pods.stream()
                .filter(it -> it.id().equals(pod))
                .findFirst()
                .orElseThrow()
                .addresses()
                .getFirst()
                .address();
    }

    private void make() {
        for (String namespace : NAMESPACES) {
            namespaces.put(namespace, Map.of("ns", namespace, "kubernetes.io/metadata.name", namespace));
            for (String pod : PODS) {
                List<Endpoint.NamedPort> ports = List.of(
                        new Endpoint.NamedPort("web", Transport.TCP, pod.equals("a") ? 80 : 81),
                        new Endpoint.NamedPort("calls", Transport.SCTP, 81));
                Cidr address = Cidr.parse(TruthTable.address(namespace + "/" + pod) + "/32");
                pods.add(new Endpoint(namespace, pod, Map.of("pod", pod), List.of(address), ports));
            }
        }
        for (Endpoint from : pods) {
            for (Endpoint to : pods) {
                for (Transport transport : Transport.values()) {
                    if (from != to) {
                        tries.add(new Try(from.id(), to.id(), transport, 80));
                        tries.add(new Try(from.id(), to.id(), transport, 81));
                    }
                }
            }
        }
    }
}
