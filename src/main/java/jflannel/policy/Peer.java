package jflannel.policy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// Who is at the other end of a connection.
public sealed interface Peer {
    /// Pods by their labels and those of their namespaces.
    ///
    /// @param namespaces empty for the policy's own namespace only
    record Pods(Optional<Selector> namespaces, Selector pods) implements Peer {
        static Pods inOwnNamespace(Selector pods) {
            return new Pods(Optional.empty(), pods);
        }

        @Override
        public String toString() {
            return "pods " + pods + " in "
                    + namespaces.map(it -> "namespaces " + it).orElse("the policy's namespace");
        }
    }

    /// Addresses, a pod's or not.
    record Block(Cidr cidr, List<Cidr> except) implements Peer {
        boolean contains(Ip ip) {
            return cidr.contains(ip) && except.stream().noneMatch(part -> part.contains(ip));
        }

        @Override
        public String toString() {
            return cidr
                    + (except.isEmpty()
                            ? ""
                            : except.stream().map(Cidr::toString).collect(Collectors.joining(", ", " except ", "")));
        }
    }

    /// The addresses of nodes, by the nodes' labels.
    record Nodes(Selector nodes) implements Peer {
        @Override
        public String toString() {
            return "nodes " + nodes;
        }
    }
}
