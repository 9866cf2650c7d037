package jflannel.policy;

/// Which destination ports a rule allows: a NetworkPolicyPort.
///
/// @param from 0 for all ports of the protocol, without a name
/// @param to the last port; `from` for a single one
/// @param name of a port that the receiving pod declares; or else empty
public record PortMatch(Transport transport, int from, int to, String name) {
    /// The largest port.
    static final int LAST = 0xffff;

    public static PortMatch all(Transport transport) {
        return new PortMatch(transport, 0, LAST, "");
    }

    public static PortMatch range(Transport transport, int from, int to) {
        return new PortMatch(transport, from, to, "");
    }

    public static PortMatch named(Transport transport, String name) {
        return new PortMatch(transport, 0, LAST, name);
    }

    public boolean isNamed() {
        return !name.isEmpty();
    }

    boolean contains(Transport other, int port) {
        return transport == other && from <= port && port <= to;
    }

    @Override
    public String toString() {
        String ports = isNamed() ? name : from == 0 ? "all ports" : from == to ? "" + from : from + "-" + to;
        return transport + " " + ports;
    }
}
