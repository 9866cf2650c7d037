package jflannel.policy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.json.Json;

/// Namespaces, pods and policies, made up so that most of their parts meet: few labels, few ports, few addresses. As
/// the API's JSON for the [Oracle], and as a [World] for the product.
///
/// Pods have addresses in 10.1.0.0/24 and fd01::/120; of these, the lower half is on this node.
final class RandomWorld {
    static final List<Cidr> LOCAL = List.of(Cidr.parse("10.1.0.0/25"), Cidr.parse("fd01::/121"));
    private static final List<String> KEYS = List.of("app", "tier", "env");
    private static final List<String> VALUES = List.of("a", "b", "c");
    private static final List<String> NAMES = List.of("http", "dns", "peer");
    static final List<Integer> PORTS = List.of(53, 80, 81, 443, 8080, 9000, 65535);
    private static final List<String> PROTOCOLS = List.of("TCP", "UDP", "SCTP");

    private final RandomGenerator random;
    final List<String> namespaces = new ArrayList<>();
    final List<String> pods = new ArrayList<>();
    final List<String> policies = new ArrayList<>();
    final List<String> nodes = new ArrayList<>();
    private final List<ClusterNode> nodesRead = new ArrayList<>();
    private final Map<String, Map<String, String>> labels = new TreeMap<>();
    private final List<Endpoint> endpoints = new ArrayList<>();
    private final List<Policy> read = new ArrayList<>();

    /// @param forCluster how many policies for the whole cluster there are beside
    RandomWorld(RandomGenerator random, int podCount, int policyCount, int forCluster) {
        this.random = random;
        for (int i = 0; i < 3; i++) {
            namespace("ns" + i);
        }
        for (int i = 0; i < 4; i++) {
            node(i);
        }
        for (int i = 0; i < podCount; i++) {
            pod(i);
        }
        for (int i = 0; i < policyCount; i++) {
            policy(i);
        }
        for (int i = 0; i < forCluster; i++) {
            clusterPolicy(i);
        }
    }

    static boolean isLocal(String address) {
        return LOCAL.stream().anyMatch(it -> it.contains(Ip.parse(address)));
    }

    World world() {
        return new World(read.stream().sorted(Policy.ORDER).toList(), labels, List.copyOf(endpoints), nodesRead);
    }

    Oracle oracle() {
        return new Oracle(policies, pods, namespaces, nodes);
    }

    /// An address: of a pod nearly always.
    String address(boolean six) {
        int number = random.nextInt(10) == 0 ? 200 + random.nextInt(50) : podNumber(random.nextInt(endpoints.size()));
        return six ? Ip.parse("fd01::").plus(number).toString() : "10.1.0." + number;
    }

    /// Half of the pods are on this node.
    private static int podNumber(int index) {
        return index % 2 == 0 ? 2 + index / 2 : 130 + index / 2;
    }

    private void namespace(String name) {
        Map<String, String> its = new TreeMap<>(someLabels());
        its.put("kubernetes.io/metadata.name", name);
        labels.put(name, its);
        namespaces.add(Json.compact(Map.of("metadata", Map.of("name", name, "labels", its))));
    }

    private Map<String, String> someLabels() {
        Map<String, String> its = new TreeMap<>();
        KEYS.forEach(key -> {
            if (random.nextInt(3) > 0) {
                its.put(key, pick(VALUES));
            }
        });
        return its;
    }

    private void pod(int i) {
        String name = "pod" + i;
        String namespace = "ns" + random.nextInt(3);
        Map<String, String> its = someLabels();
        List<Object> ports = new ArrayList<>();
        List<Endpoint.NamedPort> named = new ArrayList<>();
        NAMES.forEach(portName -> {
            if (random.nextInt(3) > 0) {
                String protocol = pick(PROTOCOLS);
                int number = pick(PORTS);
                ports.add(Map.of("name", portName, "protocol", protocol, "containerPort", number(number)));
                named.add(new Endpoint.NamedPort(portName, Transport.valueOf(protocol), number));
            }
        });
        List<String> ips = List.of(
                "10.1.0." + podNumber(i), Ip.parse("fd01::").plus(podNumber(i)).toString());
        endpoints.add(new Endpoint(
                namespace,
                name,
                its,
                ips.stream().map(ip -> Cidr.host(Ip.parse(ip))).toList(),
                List.copyOf(named)));
        pods.add(Json.compact(Map.of(
                "metadata",
                Map.of("name", name, "namespace", namespace, "labels", its),
                "spec",
                Map.of("containers", List.of(Map.of("name", "c", "ports", ports))),
                "status",
                Map.of(
                        "phase",
                        "Running",
                        "podIPs",
                        ips.stream().map(ip -> Map.of("ip", ip)).toList()))));
    }

    private void policy(int i) {
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("podSelector", selector());
        boolean ingress = random.nextInt(4) > 0;
        boolean egress = random.nextInt(3) > 0;
        if (ingress) {
            spec.put("ingress", rules("from"));
        }
        if (egress) {
            spec.put("egress", rules("to"));
        }
        if (random.nextInt(3) > 0) {
            List<Object> types = new ArrayList<>();
            if (ingress || random.nextInt(3) == 0) {
                types.add("Ingress");
            }
            if (egress || random.nextInt(3) == 0) {
                types.add("Egress");
            }
            spec.put("policyTypes", types);
        }
        Map<String, Object> metadata = Map.of("name", "policy" + i, "namespace", "ns" + random.nextInt(3));
        String json = Json.compact(new TreeMap<>(Map.of(
                "apiVersion", "networking.k8s.io/v1", "kind", "NetworkPolicy", "metadata", metadata, "spec", spec)));
        policies.add(json);
        try {
            read.add(PolicyReader.object(json, "default"));
        } catch (PolicyException e) {
            throw new AssertionError(json, e);
        }
    }

    /// Nodes have some of the addresses that are no pod's.
    private void node(int i) {
        Map<String, String> its = someLabels();
        List<Ip> ips =
                List.of(Ip.parse("10.1.0." + (200 + i)), Ip.parse("fd01::").plus(200 + i));
        nodesRead.add(new ClusterNode("node" + i, its, ips));
        nodes.add(Json.compact(Map.of(
                "metadata",
                Map.of("name", "node" + i, "labels", its),
                "status",
                Map.of(
                        "addresses",
                        ips.stream().map(ip -> Map.of("address", ip.toString())).toList()))));
    }

    private void clusterPolicy(int i) {
        String kind = i == 0
                ? "BaselineAdminNetworkPolicy"
                : random.nextBoolean() ? "AdminNetworkPolicy" : "ClusterNetworkPolicy";
        boolean cluster = kind.startsWith("C");
        Map<String, Object> spec = new LinkedHashMap<>();
        spec.put("subject", clusterPods());
        boolean baseline = i == 0 || cluster && random.nextInt(3) == 0;
        if (cluster) {
            spec.put("tier", baseline ? "Baseline" : "Admin");
        }
        if (i > 0) {
            spec.put("priority", number(10 * i)); // what those with the same one do is left open
        }
        List<String> actions =
                i == 0 ? List.of("Allow", "Deny") : List.of(cluster ? "Accept" : "Allow", "Deny", "Pass");
        String ports = cluster ? "protocols" : "ports";
        for (String direction : List.of("ingress", "egress")) {
            List<Object> rules = new ArrayList<>();
            int count = random.nextInt(4);
            for (int k = 0; k < count; k++) {
                boolean egress = direction.equals("egress");
                Map<String, Object> rule = new HashMap<>(Map.of("action", pick(actions)));
                rule.put(egress ? "to" : "from", several(() -> clusterPeer(egress)));
                if (random.nextInt(3) > 0) {
                    rule.put(ports, several(() -> clusterPort(cluster)));
                }
                rules.add(rule);
            }
            spec.put(direction, rules);
        }
        Map<String, Object> metadata = Map.of("name", i == 0 ? "default" : "policy" + i);
        String json = Json.compact(new TreeMap<>(Map.of("kind", kind, "metadata", metadata, "spec", spec)));
        policies.add(json);
        try {
            ClusterPolicyReader.Reading reading = ClusterPolicyReader.object(json);
            if (!reading.remarks().isEmpty()) {
                throw new AssertionError(reading.remarks());
            }
            read.add(reading.policy());
        } catch (PolicyException e) {
            throw new AssertionError(json, e);
        }
    }

    private Map<String, Object> clusterPods() {
        if (random.nextBoolean()) {
            return Map.of("namespaces", selector());
        }
        Map<String, Object> pods = new HashMap<>(Map.of("podSelector", selector()));
        if (random.nextBoolean()) {
            pods.put("namespaceSelector", selector());
        }
        return Map.of("pods", pods);
    }

    private Object clusterPeer(boolean egress) {
        return switch (egress ? random.nextInt(4) : 0) {
            case 1 -> Map.of("nodes", selector());
            case 2 -> {
                boolean six = random.nextInt(3) == 0;
                int length = random.nextInt(4) == 0 ? 0 : (six ? 128 : 32) - random.nextInt(9);
                yield Map.of(
                        "networks",
                        List.of(Cidr.parse(address(six) + "/" + length).toString()));
            }
            default -> clusterPods();
        };
    }

    private Object clusterPort(boolean cluster) {
        int port = pick(PORTS);
        Map<String, Object> range = Map.of("start", number(port), "end", number(Math.min(65535, port + 500)));
        int form = random.nextInt(4);
        if (form == 0) {
            return Map.of(cluster ? "destinationNamedPort" : "namedPort", pick(NAMES));
        }
        String protocol = pick(PROTOCOLS);
        if (cluster) {
            Map<String, Object> its = form == 1 ? Map.of("range", range) : Map.of("number", number(port));
            return Map.of(
                    protocol.toLowerCase(java.util.Locale.ROOT), form == 3 ? Map.of() : Map.of("destinationPort", its));
        }
        Map<String, Object> fields = new HashMap<>(form == 1 ? range : Map.of("port", number(port)));
        if (form != 3) {
            fields.put("protocol", protocol);
        }
        return Map.of(form == 1 ? "portRange" : "portNumber", fields);
    }

    private Map<String, Object> selector() {
        Map<String, Object> selector = new HashMap<>();
        if (random.nextInt(2) == 0) {
            selector.put("matchLabels", Map.of(pick(KEYS), pick(VALUES)));
        }
        if (random.nextInt(3) == 0) {
            String operator = pick(List.of("In", "NotIn", "Exists", "DoesNotExist"));
            Map<String, Object> expression = new HashMap<>(Map.of("key", pick(KEYS), "operator", operator));
            if (operator.endsWith("In")) {
                expression.put("values", random.nextBoolean() ? List.of("a", "b") : List.of("c"));
            }
            selector.put("matchExpressions", List.of(expression));
        }
        return selector;
    }

    private List<Object> rules(String peers) {
        List<Object> rules = new ArrayList<>();
        int count = random.nextInt(3);
        for (int i = 0; i < count; i++) {
            Map<String, Object> rule = new HashMap<>();
            if (random.nextInt(4) > 0) {
                rule.put(peers, several(this::peer));
            }
            if (random.nextInt(4) > 0) {
                rule.put("ports", several(this::port));
            }
            rules.add(rule);
        }
        return rules;
    }

    private List<Object> several(java.util.function.Supplier<Object> one) {
        List<Object> several = new ArrayList<>();
        int count = random.nextInt(3);
        for (int i = 0; i <= count; i++) {
            several.add(one.get());
        }
        return several;
    }

    private Object peer() {
        if (random.nextInt(3) == 0) {
            return Map.of("ipBlock", block());
        }
        Map<String, Object> peer = new HashMap<>();
        int kind = random.nextInt(3);
        if (kind != 0) {
            peer.put("podSelector", selector());
        }
        if (kind != 1) {
            peer.put("namespaceSelector", selector());
        }
        return peer;
    }

    private Object block() {
        boolean six = random.nextInt(3) == 0;
        int bits = six ? 128 : 32;
        String any = random.nextInt(3) == 0 ? six ? "::/0" : "0.0.0.0/0" : null;
        String cidr = any != null
                ? any
                : Cidr.parse(address(six) + "/" + (bits - random.nextInt(9))).toString();
        Map<String, Object> block = new HashMap<>(Map.of("cidr", cidr));
        if (random.nextBoolean()) {
            int length = Math.max(Cidr.parse(cidr).length(), bits - random.nextInt(5));
            Cidr part = new Cidr(Cidr.parse(address(six) + "/" + length).address(), length);
            if (Cidr.parse(cidr).contains(part)) {
                block.put("except", List.of(part.toString()));
            }
        }
        return block;
    }

    private Object port() {
        Map<String, Object> port = new HashMap<>();
        if (random.nextBoolean()) {
            port.put("protocol", pick(PROTOCOLS));
        }
        switch (random.nextInt(5)) {
            case 0 -> {}
            case 1 -> port.put("port", pick(NAMES));
            case 2 -> {
                int from = pick(PORTS);
                port.put("port", number(from));
                port.put("endPort", number(Math.min(65535, from + random.nextInt(9000))));
            }
            default -> port.put("port", number(pick(PORTS)));
        }
        return port;
    }

    private static Json.Number number(int number) {
        return new Json.Number("" + number);
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
