package jflannel.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Says what the Kubernetes API's descriptions of its policies demand, from the objects' JSON, one sentence of the
/// description at a time. It is slow, and shares no code with the product: not its reader, its model, or its
/// arithmetic with addresses.
final class Oracle {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final List<JsonNode> policies = new ArrayList<>();
    private final List<JsonNode> pods = new ArrayList<>();
    private final List<JsonNode> namespaces = new ArrayList<>();
    private final ClusterOracle cluster;

    Oracle(List<String> policies, List<String> pods, List<String> namespaces, List<String> nodes) {
        List<JsonNode> forCluster = new ArrayList<>();
        policies.forEach(it -> {
            JsonNode policy = read(it);
            (policy.get("kind").asText().equals("NetworkPolicy") ? this.policies : forCluster).add(policy);
        });
        cluster = new ClusterOracle(
                this, forCluster, nodes.stream().map(Oracle::read).toList());
        pods.forEach(it -> this.pods.add(read(it)));
        namespaces.forEach(it -> this.namespaces.add(read(it)));
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(json, e);
        }
    }

    /// @param protocol `TCP`, `UDP`, `SCTP`, or another one, which has no ports
    boolean allows(String source, String destination, String protocol, int port) {
        if (source.equals(destination)) {
            return true; // a pod cannot block access to itself
        }
        return allows(source, destination, "Egress", protocol, port, destination)
                && allows(destination, source, "Ingress", protocol, port, destination);
    }

    /// What one node has to do with the packet: it enforces what concerns its own pods.
    boolean allowsOnNode(String source, String destination, String protocol, int port, Predicate<String> isLocal) {
        if (source.equals(destination)) {
            return true;
        }
        return (!isLocal.test(source) || allows(source, destination, "Egress", protocol, port, destination))
                && (!isLocal.test(destination) || allows(destination, source, "Ingress", protocol, port, destination));
    }

    private boolean allows(String subject, String peer, String type, String protocol, int port, String receiver) {
        JsonNode pod = podAt(subject);
        if (pod == null) {
            return true; // only pods are isolated
        }
        String admin = cluster.firstOf("Admin", pod, peer, type, protocol, port, receiver);
        if (admin.equals("Accept") || admin.equals("Deny")) {
            return admin.equals("Accept");
        }
        boolean isolated = false;
        for (JsonNode policy : policies) {
            JsonNode spec = policy.get("spec");
            if (!namespaceOf(policy).equals(namespaceOf(pod))
                    || !selects(spec.get("podSelector"), labels(pod))
                    || !hasType(spec, type)) {
                continue;
            }
            isolated = true;
            JsonNode rules = spec.get(type.equals("Ingress") ? "ingress" : "egress");
            if (rules == null || rules.isNull()) {
                continue;
            }
            for (JsonNode rule : rules) {
                JsonNode peers = rule.get(type.equals("Ingress") ? "from" : "to");
                if (matchesPeers(peers, peer, namespaceOf(policy))
                        && matchesPorts(rule.get("ports"), protocol, port, receiver)) {
                    return true;
                }
            }
        }
        return !isolated
                && !cluster.firstOf("Baseline", pod, peer, type, protocol, port, receiver)
                        .equals("Deny");
    }

    /// "If this field is not specified, it will default based on the existence of ingress or egress rules;
    /// policies that contain an egress section are assumed to affect egress, and all policies (whether or not
    /// they contain an ingress section) are assumed to affect ingress."
    private static boolean hasType(JsonNode spec, String type) {
        JsonNode types = spec.get("policyTypes");
        if (types != null && !types.isEmpty()) {
            for (JsonNode each : types) {
                if (each.asText().equals(type)) {
                    return true;
                }
            }
            return false;
        }
        JsonNode egress = spec.get("egress");
        return type.equals("Ingress") || egress != null && !egress.isEmpty();
    }

    /// "If this field is empty or missing, this rule matches all sources."
    private boolean matchesPeers(JsonNode peers, String address, String own) {
        if (peers == null || peers.isEmpty()) {
            return true;
        }
        for (JsonNode peer : peers) {
            if (matchesPeer(peer, address, own)) {
                return true;
            }
        }
        return false;
    }

    private boolean matchesPeer(JsonNode peer, String address, String own) {
        if (peer.has("ipBlock")) {
            JsonNode block = peer.get("ipBlock");
            if (!within(address, block.get("cidr").asText())) {
                return false;
            }
            if (block.has("except")) {
                for (JsonNode part : block.get("except")) {
                    if (within(address, part.asText())) {
                        return false;
                    }
                }
            }
            return true;
        }
        JsonNode pod = podAt(address);
        if (pod == null) {
            return false;
        }
        if (peer.has("namespaceSelector")) {
            if (!selects(peer.get("namespaceSelector"), namespaceLabels(namespaceOf(pod)))) {
                return false;
            }
        } else if (!namespaceOf(pod).equals(own)) {
            return false;
        }
        return !peer.has("podSelector") || selects(peer.get("podSelector"), labels(pod));
    }

    /// "If this field is empty or missing, this rule matches all ports (traffic not restricted by port)."
    private boolean matchesPorts(JsonNode ports, String protocol, int port, String receiver) {
        if (ports == null || ports.isEmpty()) {
            return true;
        }
        for (JsonNode each : ports) {
            String wanted = each.has("protocol") ? each.get("protocol").asText() : "TCP";
            if (!wanted.equals(protocol)) {
                continue;
            }
            JsonNode number = each.get("port");
            if (number == null) {
                return true;
            }
            if (number.isTextual()) {
                if (declares(receiver, number.asText(), protocol, port)) {
                    return true;
                }
            } else if (each.has("endPort")) {
                if (number.asInt() <= port && port <= each.get("endPort").asInt()) {
                    return true;
                }
            } else if (number.asInt() == port) {
                return true;
            }
        }
        return false;
    }

    boolean declares(String receiver, String name, String protocol, int number) {
        JsonNode pod = podAt(receiver);
        if (pod == null) {
            return false;
        }
        for (JsonNode container : pod.get("spec").get("containers")) {
            for (JsonNode port : container.get("ports")) {
                String itsProtocol = port.has("protocol") ? port.get("protocol").asText() : "TCP";
                if (port.has("name")
                        && port.get("name").asText().equals(name)
                        && itsProtocol.equals(protocol)
                        && port.get("containerPort").asInt() == number) {
                    return true;
                }
            }
        }
        return false;
    }

    JsonNode podAt(String address) {
        for (JsonNode pod : pods) {
            if (pod.get("spec").has("hostNetwork")) {
                continue;
            }
            String phase = pod.get("status").get("phase").asText();
            if (phase.equals("Succeeded") || phase.equals("Failed")) {
                continue;
            }
            for (JsonNode ip : pod.get("status").get("podIPs")) {
                if (number(ip.get("ip").asText()).equals(number(address))
                        && ip.get("ip").asText().contains(":") == address.contains(":")) {
                    return pod;
                }
            }
        }
        return null;
    }

    JsonNode namespaceLabels(String name) {
        for (JsonNode namespace : namespaces) {
            if (namespace.get("metadata").get("name").asText().equals(name)) {
                return namespace.get("metadata").get("labels");
            }
        }
        throw new AssertionError(name);
    }

    static String namespaceOf(JsonNode object) {
        return object.get("metadata").get("namespace").asText();
    }

    static JsonNode labels(JsonNode object) {
        return object.get("metadata").get("labels");
    }

    /// "An empty label selector matches all objects."
    static boolean selects(JsonNode selector, JsonNode labels) {
        if (selector == null) {
            return true;
        }
        if (selector.has("matchLabels")) {
            for (Map.Entry<String, JsonNode> wanted :
                    selector.get("matchLabels").properties()) {
                if (!labels.has(wanted.getKey())
                        || !labels.get(wanted.getKey())
                                .asText()
                                .equals(wanted.getValue().asText())) {
                    return false;
                }
            }
        }
        if (selector.has("matchExpressions")) {
            for (JsonNode expression : selector.get("matchExpressions")) {
                if (!meets(labels.get(expression.get("key").asText()), expression)) {
                    return false;
                }
            }
        }
        return true;
    }

    private static boolean meets(JsonNode label, JsonNode expression) {
        boolean listed = false;
        if (label != null && expression.has("values")) {
            for (JsonNode value : expression.get("values")) {
                listed |= value.asText().equals(label.asText());
            }
        }
        return switch (expression.get("operator").asText()) {
            case "In" -> listed;
            case "NotIn" -> !listed;
            case "Exists" -> label != null;
            case "DoesNotExist" -> label == null;
            default -> throw new AssertionError(expression);
        };
    }

    static boolean within(String address, String cidr) {
        String[] parts = cidr.split("/");
        boolean six = parts[0].contains(":");
        if (six != address.contains(":")) {
            return false;
        }
        int host = (six ? 128 : 32) - Integer.parseInt(parts[1]);
        return number(address).shiftRight(host).equals(number(parts[0]).shiftRight(host));
    }

    static BigInteger number(String address) {
        try {
            return new BigInteger(1, InetAddress.getByName(address).getAddress());
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
