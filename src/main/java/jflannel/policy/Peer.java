package jflannel.policy;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;

/// Who is at the other end of a connection: a NetworkPolicyPeer.
public sealed interface Peer {
    /// Pods by their labels and those of their namespaces.
    ///
    /// @param namespaces empty for the policy's own namespace only
    record Pods(Optional<Selector> namespaces, Selector pods) implements Peer {
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
}
