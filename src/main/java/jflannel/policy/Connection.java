package jflannel.policy;

import java.util.Optional;
import jflannel.ip.Ip;

/// The first packet of a connection, as it is forwarded: with the addresses of pods, not of Services.
///
/// @param protocol number in the IP header
/// @param port destination port; 0 if the protocol has none
public record Connection(Ip source, Ip destination, int protocol, int port) {
    Optional<Transport> transport() {
        return Transport.ofNumber(protocol);
    }

    Ip peerOf(Direction direction) {
        return direction == Direction.INGRESS ? source : destination;
    }

    Ip subjectOf(Direction direction) {
        return direction == Direction.INGRESS ? destination : source;
    }

    @Override
    public String toString() {
        String words = transport().map(Transport::toString).orElse("protocol " + protocol);
        return source + " -> " + destination + " " + words + (port == 0 ? "" : " port " + port);
    }
}
