package jflannel.policy;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// What a policy says about connections with any of these peers to any of these ports.
///
/// @param peers empty for everybody
/// @param ports empty for all ports of all protocols
public record Rule(Action action, List<Peer> peers, List<PortMatch> ports) {
    @Override
    public String toString() {
        String verb = action == Action.ALLOW ? "" : action.name().toLowerCase(Locale.ROOT) + " ";
        return verb + words(peers, "anybody") + " at " + words(ports, "any port");
    }

    private static String words(List<?> list, String ifEmpty) {
        return list.isEmpty() ? ifEmpty : list.stream().map(Object::toString).collect(Collectors.joining("; "));
    }
}
