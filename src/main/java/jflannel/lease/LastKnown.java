package jflannel.lease;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.json.JsonStream;

/// What a node last knew about its network: enough to carry packets while the store is unreachable. As JSON:
///
/// ```json
/// {"version":1,"store":"etcd at http://192.0.2.9:2379, keys below /coreos.com/network",
///  "source":"etcd key /coreos.com/network/config","network":{"Network":"10.5.0.0/16","Backend":{"Type":"vxlan"}},
///  "host":"52:54:00:12:34:56","publicIps":[],
///  "own":{"10.5.1.0-24":{"PublicIP":"192.0.2.1","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1}}},
///  "receipt":"1042",
///  "peers":{"10.5.2.0-24":{"PublicIP":"192.0.2.2","PublicIPv6":null}},"held":{}}
/// ```
///
/// @param store which store it was, as its settings describe it
/// @param host what tells this host from a copy of it; "" if unknown
/// @param publicIps this node's addresses that an administrator wrote into the store, by family
/// @param own this node's lease
/// @param receipt as in [LeaseStore#receipt]
/// @param peers the leases of all other nodes
/// @param held leases that the store had lost
public record LastKnown(
        String store,
        NetworkConfig network,
        String host,
        Map<Family, Ip> publicIps,
        Lease own,
        String receipt,
        List<Lease> peers,
        List<Lease> held) {
    private static final String VERSION = "1";
    private static final String PEERS = ",\"peers\":";
    private static final String NO_PEERS = ",\"peers\":{},\"held\":{}}";
    /// So that equal states have equal texts.
    private static final Comparator<Lease> BY_SUBNETS = Comparator.comparing(lease -> SubnetKey.format(lease.cidrs()));

    private static final Set<String> FIELDS = new TreeSet<>(
            List.of("version", "store", "source", "network", "host", "publicIps", "own", "receipt", "peers", "held"));

    /// These are missing in files of earlier versions.
    private static final String HOST = "host";

    private static final String RECEIPT = "receipt";

    public LastKnown {
        publicIps = Map.copyOf(publicIps);
        peers = List.copyOf(peers);
        held = List.copyOf(held);
    }

    /// True if a node that would announce `mine` in `network` may still use its lease: its addresses are the same,
    /// and its subnets lie within that network. How the network is divided does not matter: Kubernetes decides that
    /// itself, and elsewhere the store corrects it when it answers.
    public boolean suits(NetworkConfig network, Announcement mine) {
        return mine.publicIps().equals(own.announced().publicIps())
                && mine.backendType().equals(own.announced().backendType())
                && own.cidrs().stream()
                        .allMatch(cidr -> network.pool(cidr.family())
                                .filter(pool -> pool.network().contains(cidr))
                                .isPresent());
    }

    /// True if this was remembered by the host that `host` identifies, rather than by one that it is a copy of: then
    /// the lease is its own, even if it has another address now.
    public boolean isOf(String host) {
        return !host.isEmpty() && host.equals(this.host);
    }

    String json() {
        StringBuilder json = new StringBuilder();
        json.append("{\"version\":").append(VERSION);
        json.append(",\"store\":").append(Json.compact(store));
        json.append(",\"source\":").append(Json.compact(network.where()));
        json.append(",\"network\":").append(Json.compact(network.source().json()));
        json.append(",\"host\":").append(Json.compact(host));
        json.append(",\"publicIps\":")
                .append(Json.compact(
                        publicIps.values().stream().sorted().map(Ip::toString).toList()));
        append(json, "own", List.of(own));
        json.append(",\"receipt\":").append(Json.compact(receipt));
        append(json, "peers", peers);
        append(json, "held", held);
        return json.append("}\n").toString();
    }

    /// Lease by lease: as one value, thousands of them would take ten times the memory of their text.
    private static void append(StringBuilder json, String field, List<Lease> leases) {
        json.append(",\"").append(field).append("\":{");
        String separator = "";
        for (Lease lease : leases.stream().sorted(BY_SUBNETS).toList()) {
            try {
                String announced = AnnouncementJson.format(lease.announced());
                json.append(separator)
                        .append(Json.compact(SubnetKey.format(lease.cidrs())))
                        .append(':')
                        .append(announced);
                separator = ",";
            } catch (JsonException e) {
                // its backend data is not JSON, so nobody can reach it anyway
            }
        }
        json.append('}');
    }

    /// Reads exactly what [#json] writes; a file that somebody changed is not worth the risk.
    ///
    /// @param networkOf makes a configuration from its location and its JSON
    /// @throws IllegalArgumentException if anything in the text is wrong; the message says what
    static LastKnown parse(String text, BiFunction<String, String, NetworkConfig> networkOf) {
        try {
            Map<String, Object> json = Json.object(text);
            expect(new Json.Number(VERSION).equals(json.get("version")), "its version is not " + VERSION);
            json.putIfAbsent(HOST, "");
            json.putIfAbsent(RECEIPT, "");
            expect(json.keySet().equals(FIELDS), "its fields are " + json.keySet() + ", not " + FIELDS);
            List<Lease> own = leases(json, "own");
            expect(own.size() == 1, "it has " + own.size() + " leases of this node's own");
            return new LastKnown(
                    word(json, "store"),
                    networkOf.apply(word(json, "source"), Json.compact(json.get("network"))),
                    word(json, HOST),
                    publicIps(json.get("publicIps")),
                    own.getFirst(),
                    word(json, RECEIPT),
                    leases(json, "peers"),
                    leases(json, "held"));
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /// As [#parse], but reads no further than to the other nodes' leases.
    static LastKnown parseOwn(String text, BiFunction<String, String, NetworkConfig> networkOf) {
        return parse(text.substring(0, startOfPeers(text)) + NO_PEERS, networkOf);
    }

    /// As [#parse], but with those leases of other nodes alone whose subnets hold one of these addresses, or whose
    /// hosts have one. Of the rest, hardly more is read than their names.
    static LastKnown parseAbout(
            String text, BiFunction<String, String, NetworkConfig> networkOf, Collection<Ip> addresses) {
        LastKnown own = parseOwn(text, networkOf);
        try {
            List<Lease> peers = leases(text, "peers", addresses);
            List<Lease> held = leases(text, "held", addresses);
            return new LastKnown(own.store, own.network, own.host, own.publicIps, own.own, own.receipt, peers, held);
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static List<Lease> leases(String text, String field, Collection<Ip> addresses) throws IOException {
        Set<String> names = new HashSet<>();
        inEach(text, field, (name, lease) -> {
            if (SubnetKey.parse(name).stream()
                            .anyMatch(cidr -> addresses.stream().anyMatch(cidr::contains))
                    || isAt(lease, addresses)) {
                names.add(name);
            }
        });
        List<Lease> leases = new ArrayList<>();
        inEach(text, field, (name, lease) -> {
            if (names.contains(name)) {
                leases.add(lease(name, lease.value()));
            }
        });
        return leases;
    }

    private interface OnLease {
        void read(String name, JsonStream lease) throws IOException;
    }

    private static void inEach(String text, String field, OnLease each) throws IOException {
        JsonStream json = new JsonStream(new ByteArrayInputStream(text.getBytes(UTF_8)));
        json.object(name -> {
            if (name.equals(field)) {
                json.object(key -> each.read(key, json));
            }
        });
    }

    private static boolean isAt(JsonStream lease, Collection<Ip> addresses) throws IOException {
        boolean[] found = new boolean[1];
        lease.object(name -> {
            if (name.equals("PublicIP") || name.equals("PublicIPv6")) {
                String host = lease.string();
                found[0] |= addresses.stream().anyMatch(ip -> ip.toString().equals(host));
            }
        });
        return found[0];
    }

    /// Where the field `peers` of the whole object begins, with the comma before it.
    private static int startOfPeers(String text) {
        int depth = 0;
        boolean quoted = false;
        for (int i = 0; i < text.length(); i++) {
            switch (text.charAt(i)) {
                case '\\' -> i++;
                case '"' -> quoted = !quoted;
                case '{' -> depth += quoted ? 0 : 1;
                case '}' -> depth -= quoted ? 0 : 1;
                case ',' -> {
                    if (!quoted && depth == 1 && text.startsWith(PEERS, i)) {
                        return i;
                    }
                }
                default -> {}
            }
        }
        throw new IllegalArgumentException("it has no peers");
    }

    private static List<Lease> leases(Map<String, Object> json, String field) {
        List<Lease> leases = new ArrayList<>();
        if (!(json.get(field) instanceof Map<?, ?> object)) {
            throw new IllegalArgumentException(field + " is not an object");
        }
        object.forEach((name, announced) -> leases.add(lease((String) name, announced)));
        return leases;
    }

    private static Lease lease(String name, Object announced) {
        return new Lease(SubnetKey.parse(name), AnnouncementJson.parse(Json.compact(announced)));
    }

    private static Map<Family, Ip> publicIps(Object json) {
        Map<Family, Ip> ips = new EnumMap<>(Family.class);
        expect(json instanceof List<?>, "publicIps is not an array");
        for (Object text : (List<?>) json) {
            expect(text instanceof String, "an address of publicIps is not a string");
            Ip ip = Ip.parse((String) text);
            expect(ips.put(ip.family(), ip) == null, "publicIps has two addresses of one family");
        }
        return ips;
    }

    private static String word(Map<String, Object> json, String field) {
        if (json.get(field) instanceof String word) {
            return word;
        }
        throw new IllegalArgumentException(field + " is not a string");
    }

    private static void expect(boolean met, String otherwise) {
        if (!met) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
