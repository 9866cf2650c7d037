package jflannel.lab.cloud;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.json.Json;
import jflannel.lab.cloud.RouteTables.Entry;

/// Stands in for Tencent Cloud: a VPC with a subnet, route tables and machines. Requests must be signed with the
/// credentials that the metadata service gives out.
public final class TencentStandIn extends TableStandIn {
    public static final String REGION = "ap-lab";
    public static final String MAIN = "rtb-main";
    static final String VPC = "vpc-lab";
    static final String SUBNET = "subnet-lab";
    static final String KEY_ID = "AKIDSTANDIN";
    static final String SECRET = "secret-of-the-stand-in";
    static final String TOKEN = "token-of-the-stand-in";

    private final TencentMetadata metadata = new TencentMetadata(this);
    private final Tc3Signature signature = new Tc3Signature(KEY_ID, SECRET);
    private final Set<String> disabled = new HashSet<>();

    /// @param clock in nanoseconds, for the limits
    /// @param onRoute called with each change of the table that the subnet uses
    public TencentStandIn(InetSocketAddress address, LongSupplier clock, Listener onRoute) throws IOException {
        super(address, clock, onRoute, MAIN, 50);
    }

    @Override
    String name(Machine machine) {
        return machine.addresses().get(Family.IPV4).toString();
    }

    @Override
    String byHand() {
        return "by hand";
    }

    /// Somebody disables a route.
    public synchronized void disable(String table, Cidr destination) {
        disabled.add(tables.now().get(table).get(destination).id());
        tables.changed();
    }

    @Override
    CloudReply metadata(CloudRequest request) {
        return metadata.answer(request);
    }

    @Override
    String credentialsFault(CloudRequest request) {
        boolean known = request.header("X-TC-Token").equals(TOKEN)
                && request.header("X-TC-Region").equals(REGION)
                && request.header("X-TC-Version").equals("2017-03-12");
        return known ? signature.fault(request, "vpc") : "another session's token, region or version";
    }

    @Override
    String action(CloudRequest request) {
        return request.header("X-TC-Action");
    }

    /// Tencent documents 100 calls a second of each kind.
    @Override
    CallBudget budget(String action) {
        return new CallBudget(100, 100, clock.getAsLong());
    }

    @Override
    CloudReply call(String action, CloudRequest request) {
        Map<String, Object> asked = Json.object(new String(request.body(), UTF_8));
        String table = text(asked, "RouteTableId");
        if (!action.equals("DescribeRouteTables") && !tables.now().containsKey(table)) {
            return refusal("ResourceNotFound", "no table " + table);
        }
        return switch (action) {
            case "DescribeRouteTables" -> describe(asked);
            case "CreateRoutes" -> create(table, objects(asked, "Routes").getFirst());
            case "DeleteRoutes" -> delete(table, objects(asked, "Routes").getFirst());
            default -> refusal("InvalidAction", action);
        };
    }

    private CloudReply create(String table, Map<String, Object> route) {
        Cidr destination = Cidr.parse(text(route, "DestinationCidrBlock"));
        if (!text(route, "GatewayType").equals("NORMAL_CVM")) {
            return refusal("InvalidParameterValue", text(route, "GatewayType"));
        }
        if (tables.now().get(table).containsKey(destination)) {
            return refusal("InvalidParameterValue.Duplicate", "the route exists");
        }
        if (isFull(table, destination.family())) {
            return refusal("LimitExceeded", "the table is full");
        }
        put(table, destination, new Entry(nextId(), text(route, "GatewayId"), text(route, "RouteDescription")));
        return good(Map.of("TotalCount", number(1)));
    }

    private CloudReply delete(String table, Map<String, Object> route) {
        String id = text(route, "RouteId");
        Optional<Cidr> destination = tables.now().get(table).entrySet().stream()
                .filter(each -> each.getValue().id().equals(id))
                .map(Map.Entry::getKey)
                .findFirst();
        if (destination.isEmpty()) {
            return refusal("ResourceNotFound", "no route " + id);
        }
        delete(table, destination.get());
        return good(Map.of("RouteSet", List.of()));
    }

    private CloudReply describe(Map<String, Object> asked) {
        Map<String, Map<Cidr, Entry>> shown = tables.shown(faults().lagNanos());
        List<String> ids = new ArrayList<>(shown.keySet());
        if (asked.get("RouteTableIds") instanceof List<?> named) {
            if (asked.containsKey("Filters") || !ids.containsAll(named)) {
                return refusal("ResourceNotFound", "no such table");
            }
            ids.retainAll(named);
        } else if (objects(asked, "Filters").stream()
                .noneMatch(it -> text(it, "Name").equals("vpc-id"))) {
            return refusal("InvalidParameter", "no filter");
        }
        int first = Integer.parseInt("0" + text(asked, "Offset"));
        int last = Math.min(ids.size(), first + Math.min(100, Integer.parseInt(text(asked, "Limit"))));
        List<Map<String, Object>> page = ids.subList(Math.min(first, last), last).stream()
                .map(id -> json(id, shown.get(id)))
                .toList();
        return good(Map.of("TotalCount", number(ids.size()), "RouteTableSet", page));
    }

    private Map<String, Object> json(String id, Map<Cidr, Entry> routes) {
        Map<String, Object> table = new LinkedHashMap<>();
        table.put("RouteTableId", id);
        table.put("Main", id.equals(MAIN));
        table.put(
                "AssociationSet",
                isAssociated(id) ? List.of(Map.of("SubnetId", SUBNET, "RouteTableId", id)) : List.of());
        List<Map<String, Object>> all = new ArrayList<>();
        // what no node may touch
        all.add(json(Cidr.parse("172.31.0.0/16"), new Entry("0", "Local", "local"), "LOCAL", "NETD"));
        routes.forEach((destination, entry) -> all.add(json(destination, entry, "NORMAL_CVM", "USER")));
        table.put("RouteSet", all);
        return table;
    }

    private Map<String, Object> json(Cidr destination, Entry entry, String gateway, String type) {
        Map<String, Object> route = new LinkedHashMap<>();
        route.put("RouteId", new Json.Number(entry.id()));
        route.put("DestinationCidrBlock", destination.toString());
        route.put("GatewayType", gateway);
        route.put("GatewayId", entry.target());
        route.put("RouteDescription", entry.text());
        route.put("Enabled", !disabled.contains(entry.id()));
        route.put("RouteType", type);
        return route;
    }

    @Override
    CloudReply refusal(Refusal why, String action, String words) {
        return switch (why) {
            case UNAUTHENTICATED -> refusal("AuthFailure.SignatureFailure", words);
            case THROTTLED -> refusal("RequestLimitExceeded", "Your current request times exceeds the limit.");
            case FORBIDDEN -> refusal("UnauthorizedOperation", "no permission of CAM for vpc:" + action);
            case BROKEN -> refusal("InternalError", "An internal error has occurred.");
        };
    }

    /// Tencent refuses with the HTTP status 200.
    private static CloudReply refusal(String code, String message) {
        return good(Map.of("Error", Map.of("Code", code, "Message", message)));
    }

    private static CloudReply good(Map<String, ?> response) {
        Map<String, Object> all = new LinkedHashMap<>(response);
        all.put("RequestId", "request-1");
        return CloudReply.json(200, Json.compact(Map.of("Response", all)));
    }

    private static Json.Number number(int value) {
        return new Json.Number(String.valueOf(value));
    }

    private static String text(Map<String, Object> json, String field) {
        Object value = json.getOrDefault(field, "");
        return value instanceof Json.Number(String digits) ? digits : value.toString();
    }

    @SuppressWarnings("unchecked") // objects have strings as keys
    private static List<Map<String, Object>> objects(Map<String, Object> json, String field) {
        return ((List<?>) json.getOrDefault(field, List.of()))
                .stream().map(each -> (Map<String, Object>) each).toList();
    }
}
