package jflannel.lab.cloud;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import jflannel.ip.Cidr;
import jflannel.json.Json;
import jflannel.lab.cloud.RouteTables.Entry;

/// Stands in for Alibaba Cloud: a VPC with a vSwitch, route tables and machines. Requests must be signed with the
/// credentials that the metadata service gives out. A change takes a while, and meanwhile the VPC takes no other.
public final class AliStandIn extends TableStandIn {
    public static final String REGION = "cn-lab";
    public static final String MAIN = "vtb-main";
    static final String VPC = "vpc-lab";
    static final String SWITCH = "vsw-lab";
    static final String KEY_ID = "STS.STANDIN";
    static final String SECRET = "secret of the/stand+in";
    static final String TOKEN = "token/of+the=stand-in";
    private static final long CHANGE = Duration.ofMillis(100).toNanos();

    private final AliMetadata metadata = new AliMetadata(this);
    private final RpcSignature signature = new RpcSignature(KEY_ID, SECRET);
    private final Set<Integer> secondary = new TreeSet<>();
    private long changedUntil = Long.MIN_VALUE;

    /// @param clock in nanoseconds, for the limits
    /// @param onRoute called with each change of the table that the vSwitch uses
    public AliStandIn(InetSocketAddress address, LongSupplier clock, Listener onRoute) throws IOException {
        super(address, clock, onRoute, MAIN, 200);
    }

    static String instance(Machine machine) {
        return "i-" + machine.number();
    }

    /// From now on the machine's interface is not its first one.
    public synchronized void makeSecondary(int machine) {
        secondary.add(machine);
    }

    synchronized boolean isSecondary(Machine machine) {
        return secondary.contains(machine.number());
    }

    @Override
    String name(Machine machine) {
        return isSecondary(machine) ? "eni-" + machine.number() : instance(machine);
    }

    @Override
    String byHand() {
        return "by-hand";
    }

    @Override
    CloudReply metadata(CloudRequest request) {
        return metadata.answer(request);
    }

    @Override
    String credentialsFault(CloudRequest request) {
        Map<String, String> form = request.form();
        boolean known = TOKEN.equals(form.get("SecurityToken"))
                && REGION.equals(form.get("RegionId"))
                && "2016-04-28".equals(form.get("Version"));
        return known ? signature.fault(request.method(), form) : "another session's token, region or version";
    }

    @Override
    String action(CloudRequest request) {
        return request.form().getOrDefault("Action", "");
    }

    /// Alibaba documents 300 calls a minute of most kinds, and 600 of reading ones.
    @Override
    CallBudget budget(String action) {
        return action.startsWith("Describe")
                ? new CallBudget(600, 10, clock.getAsLong())
                : new CallBudget(300, 5, clock.getAsLong());
    }

    @Override
    CloudReply call(String action, CloudRequest request) {
        Map<String, String> form = request.form();
        return switch (action) {
            case "DescribeRouteTableList" -> listTables(form);
            case "DescribeRouteEntryList" -> listRoutes(form);
            case "CreateRouteEntry", "DeleteRouteEntry" ->
                clock.getAsLong() < changedUntil
                        ? refusal(409, "TaskConflict", "The operation is too frequent.")
                        : change(action, form);
            default -> refusal(404, "InvalidAction.NotFound", action);
        };
    }

    private CloudReply change(String action, Map<String, String> form) {
        CloudReply reply = action.equals("CreateRouteEntry") ? create(form) : delete(form.get("RouteEntryId"));
        changedUntil = reply.status() == 200 ? clock.getAsLong() + CHANGE : changedUntil;
        return reply;
    }

    private CloudReply create(Map<String, String> form) {
        String table = form.get("RouteTableId");
        Cidr destination = Cidr.parse(form.get("DestinationCidrBlock"));
        if (!tables.now().containsKey(table)) {
            return refusal(404, "InvalidRouteTableId.NotFound", "no table " + table);
        }
        boolean fits = form.get("NextHopType")
                .equals(form.get("NextHopId").startsWith("i-") ? "Instance" : "NetworkInterface");
        if (!fits) {
            return refusal(400, "InvalidNextHop.NotFound", "not of that type");
        }
        if (tables.now().get(table).containsKey(destination)) {
            return refusal(400, "RouterEntryConflict.Duplicated", "A route entry already exists");
        }
        if (isFull(table, destination.family())) {
            return refusal(400, "QuotaExceeded.RouteEntry", "the table is full");
        }
        put(table, destination, new Entry("rte-" + nextId(), form.get("NextHopId"), form.get("RouteEntryName")));
        return good(
                Map.of("RouteEntryId", tables.now().get(table).get(destination).id()));
    }

    private CloudReply delete(String id) {
        for (String table : tables.now().keySet()) {
            Optional<Cidr> destination = tables.now().get(table).entrySet().stream()
                    .filter(each -> each.getValue().id().equals(id))
                    .map(Map.Entry::getKey)
                    .findFirst();
            if (destination.isPresent()) {
                delete(table, destination.get());
                return good(Map.of());
            }
        }
        return refusal(404, "InvalidRouteEntry.NotFound", "no route " + id);
    }

    private CloudReply listTables(Map<String, String> form) {
        if (!VPC.equals(form.get("VpcId"))) {
            return refusal(404, "InvalidVpcId.NotFound", "no such VPC");
        }
        List<String> ids = new ArrayList<>(tables.now().keySet());
        int size = Integer.parseInt(form.get("PageSize"));
        if (size > 50) {
            return refusal(400, "InvalidParameter", "PageSize");
        }
        int first = Math.min(ids.size(), (Integer.parseInt(form.get("PageNumber")) - 1) * size);
        List<Map<String, Object>> page = ids.subList(first, Math.min(ids.size(), first + size)).stream()
                .map(this::json)
                .toList();
        return good(Map.of("TotalCount", number(ids.size()), "RouterTableList", Map.of("RouterTableListType", page)));
    }

    private Map<String, Object> json(String id) {
        return Map.of(
                "RouteTableId",
                id,
                "RouteTableType",
                id.equals(MAIN) ? "System" : "Custom",
                "VSwitchIds",
                Map.of("VSwitchId", isAssociated(id) ? List.of(SWITCH) : List.of()));
    }

    private CloudReply listRoutes(Map<String, String> form) {
        Map<Cidr, Entry> shown = tables.shown(faults().lagNanos()).get(form.get("RouteTableId"));
        int size = Integer.parseInt(form.getOrDefault("MaxResult", "10"));
        if (shown == null || size > 100 || !"Custom".equals(form.get("RouteEntryType"))) {
            return refusal(404, "InvalidRouteTableId.NotFound", "no such table");
        }
        List<Cidr> all = new ArrayList<>(shown.keySet());
        int first = Math.min(all.size(), Integer.parseInt("0" + form.getOrDefault("NextToken", "")));
        int last = Math.min(all.size(), first + size);
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put(
                "RouteEntrys",
                Map.of(
                        "RouteEntry",
                        all.subList(first, last).stream()
                                .map(each -> json(each, shown.get(each)))
                                .toList()));
        if (last < all.size()) {
            answer.put("NextToken", String.valueOf(last));
        }
        return good(answer);
    }

    private Map<String, Object> json(Cidr destination, Entry entry) {
        Map<String, Object> hop = Map.of(
                "NextHopId", entry.target(), "Enabled", number(target(entry).isPresent() ? 1 : 0));
        Map<String, Object> route = new LinkedHashMap<>();
        route.put("RouteEntryId", entry.id());
        route.put("RouteEntryName", entry.text());
        route.put("DestinationCidrBlock", destination.toString());
        route.put("Type", "Custom");
        route.put("Status", "Available");
        route.put("NextHops", Map.of("NextHop", List.of(hop)));
        return route;
    }

    @Override
    CloudReply refusal(Refusal why, String action, String words) {
        return switch (why) {
            case UNAUTHENTICATED -> refusal(400, "SignatureDoesNotMatch", words);
            case THROTTLED -> refusal(400, "Throttling.User", "Request was denied due to user flow control.");
            case FORBIDDEN -> refusal(403, "Forbidden.RAM", "User not authorized to operate on the resource.");
            case BROKEN -> refusal(500, "InternalError", "The request processing has failed.");
        };
    }

    private static CloudReply refusal(int status, String code, String message) {
        return CloudReply.json(status, Json.compact(Map.of("Code", code, "Message", message, "RequestId", "1")));
    }

    private static CloudReply good(Map<String, ?> answer) {
        Map<String, Object> all = new LinkedHashMap<>(answer);
        all.put("RequestId", "1");
        return CloudReply.json(200, Json.compact(all));
    }

    private static Json.Number number(int value) {
        return new Json.Number(String.valueOf(value));
    }
}
