package jflannel.policy;

import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// What policies select: a pod that has addresses of its own; without Kubernetes, all containers of a node.
///
/// @param addresses a pod's are single ones, at most one of each family
/// @param ports those that its containers declare with a name
public record Endpoint(
        String namespace, String name, Map<String, String> labels, List<Cidr> addresses, List<NamedPort> ports) {
    /// A port that a container declares.
    public record NamedPort(String name, Transport transport, int number) {}

    /// Namespace and name, as in `default/web-0`.
    public String id() {
        return namespace + "/" + name;
    }

    Endpoint withAddresses(List<Cidr> others) {
        return new Endpoint(namespace, name, labels, others, ports);
    }

    public boolean has(Ip ip) {
        for (Cidr cidr : addresses) {
            if (cidr.contains(ip)) {
                return true;
            }
        }
        return false;
    }

    boolean declares(PortMatch wanted, Transport transport, int port) {
        return ports.contains(new NamedPort(wanted.name(), transport, port)) && wanted.transport() == transport;
    }
}
