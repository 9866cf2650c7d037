package jflannel.tool;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.lease.ConfigException;
import jflannel.policy.Connection;
import jflannel.policy.Endpoint;
import jflannel.policy.Judge;
import jflannel.policy.Transport;
import jflannel.policy.World;
import jflannel.work.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `flannel policy explain`: which policies concern a connection, and which rule allows it.
@Command(
        name = "explain",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Says whether policies allow a connection: which of them select the two pods, and which rule allows it.",
            "Goes by the policies in the store, not by what a node has programmed. Ends with 0 if it is allowed, else"
                    + " with 1."
        })
final class ExplainCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "FROM",
            description = "NAMESPACE/POD, or an address. Without Kubernetes: an address.")
    private String from;

    @Parameters(index = "1", paramLabel = "TO", description = "As FROM.")
    private String to;

    @Option(names = "--port", description = "The destination port. Without it: of a protocol without ports, as ICMP.")
    private int port;

    @Option(
            names = "--protocol",
            defaultValue = "TCP",
            paramLabel = "TCP|UDP|SCTP",
            description = "The protocol of the port. Default: ${DEFAULT-VALUE}")
    private Transport transport;

    @Mixin
    private StoreFlags etcd;

    @Mixin
    private KubeFlags kube;

    @Override
    public Integer call() throws IOException {
        World world = StoredPolicies.of(etcd.flannel(kube.flags()));
        Ip source = address(from, world, Family.IPV4);
        Ip destination = address(to, world, source.family());
        if (source.family() != destination.family()) {
            source = address(from, world, destination.family());
        }
        int protocol = port != 0 ? transport.number() : source.family() == Family.IPV4 ? 1 : 58;
        Connection connection = new Connection(source, destination, protocol, port);
        Judge judge = new Judge(world);
        System.out.println(Printable.line(connection.toString()));
        judge.findings(connection).forEach(finding -> System.out.println(Printable.lines(finding.words())));
        boolean allowed = judge.allows(connection);
        System.out.println(allowed ? "allowed" : "refused");
        return allowed ? 0 : 1;
    }

    /// @param family the one to take if a pod has both
    private static Ip address(String word, World world, Family family) {
        for (Endpoint endpoint : world.endpoints()) {
            if (endpoint.id().equals(word) && !endpoint.addresses().isEmpty()) {
                List<Cidr> addresses = endpoint.addresses();
                return addresses.stream()
                        .filter(it -> it.family() == family)
                        .findFirst()
                        .orElse(addresses.getFirst())
                        .address();
            }
        }
        try {
            return Ip.parse(word);
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    "FROM and TO", word, "It is neither an address nor NAMESPACE/POD of a pod that has one.");
        }
    }
}
