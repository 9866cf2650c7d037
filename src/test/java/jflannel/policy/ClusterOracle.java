package jflannel.policy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Locale;

/// The part of the [Oracle] that knows the descriptions of ClusterNetworkPolicy, AdminNetworkPolicy and
/// BaselineAdminNetworkPolicy.
///
/// @param base finds pods and namespaces
record ClusterOracle(Oracle base, List<JsonNode> policies, List<JsonNode> nodes) {
    /// "Policies with lower priority values have higher precedence"; "the relative precedence of the rules within a
    /// single object will be determined by the order in which the rule is written."
    ///
    /// @return the action of the first rule that matches, or nothing
    String firstOf(String tier, JsonNode pod, String peer, String type, String protocol, int port, String receiver) {
        JsonNode first = null;
        for (int priority = 0; priority <= 1000; priority++) {
            for (JsonNode policy : policies) {
                JsonNode spec = policy.get("spec");
                String kind = policy.get("kind").asText();
                String its = kind.equals("ClusterNetworkPolicy")
                        ? spec.get("tier").asText()
                        : kind.startsWith("Baseline") ? "Baseline" : "Admin";
                int itsPriority = spec.has("priority") ? spec.get("priority").asInt() : 0;
                JsonNode rules = spec.get(type.equals("Ingress") ? "ingress" : "egress");
                if (first != null
                        || !its.equals(tier)
                        || itsPriority != priority
                        || rules == null
                        || !isPod(spec.get("subject"), pod)) {
                    continue;
                }
                for (JsonNode rule : rules) {
                    JsonNode ports = rule.get(kind.equals("ClusterNetworkPolicy") ? "protocols" : "ports");
                    if (first == null
                            && isAny(rule.get(type.equals("Ingress") ? "from" : "to"), peer)
                            && matchesAnyPort(ports, protocol, port, receiver)) {
                        first = rule.get("action");
                    }
                }
            }
        }
        return first == null ? "" : first.asText().replace("Allow", "Accept");
    }

    private boolean isPod(JsonNode subject, JsonNode pod) {
        JsonNode namespace = base.namespaceLabels(Oracle.namespaceOf(pod));
        if (subject.has("namespaces")) {
            return Oracle.selects(subject.get("namespaces"), namespace);
        }
        return subject.has("pods")
                && Oracle.selects(subject.get("pods").get("namespaceSelector"), namespace)
                && Oracle.selects(subject.get("pods").get("podSelector"), Oracle.labels(pod));
    }

    private boolean isAny(JsonNode peers, String address) {
        JsonNode pod = base.podAt(address);
        for (JsonNode peer : peers) {
            if (pod != null && isPod(peer, pod)) {
                return true;
            }
            if (peer.has("networks")) {
                for (JsonNode network : peer.get("networks")) {
                    if (Oracle.within(address, network.asText())) {
                        return true;
                    }
                }
            }
            if (peer.has("nodes")) {
                for (JsonNode node : nodes) {
                    for (JsonNode each : node.get("status").get("addresses")) {
                        if (Oracle.number(each.get("address").asText()).equals(Oracle.number(address))
                                && Oracle.selects(peer.get("nodes"), Oracle.labels(node))) {
                            return true;
                        }
                    }
                }
            }
        }
        return false;
    }

    /// In the form of an AdminNetworkPolicy, or of a ClusterNetworkPolicy.
    private boolean matchesAnyPort(JsonNode ports, String protocol, int port, String receiver) {
        if (ports == null) {
            return true;
        }
        boolean any = false;
        for (JsonNode each : ports) {
            JsonNode name = each.has("namedPort") ? each.get("namedPort") : each.get("destinationNamedPort");
            if (name != null) {
                any |= base.declares(receiver, name.asText(), protocol, port);
            } else if (each.has("portNumber")) {
                any |= isProtocol(each.get("portNumber"), protocol)
                        && each.get("portNumber").get("port").asInt() == port;
            } else if (each.has("portRange")) {
                any |= isProtocol(each.get("portRange"), protocol) && isWithin(each.get("portRange"), port);
            } else if (each.has(protocol.toLowerCase(Locale.ROOT))) {
                JsonNode wanted = each.get(protocol.toLowerCase(Locale.ROOT)).get("destinationPort");
                any |= wanted == null
                        || (wanted.has("number")
                                ? wanted.get("number").asInt() == port
                                : isWithin(wanted.get("range"), port));
            }
        }
        return any;
    }

    private static boolean isProtocol(JsonNode port, String protocol) {
        return (port.has("protocol") ? port.get("protocol").asText() : "TCP").equals(protocol);
    }

    private static boolean isWithin(JsonNode range, int port) {
        return range.get("start").asInt() <= port && port <= range.get("end").asInt();
    }
}
