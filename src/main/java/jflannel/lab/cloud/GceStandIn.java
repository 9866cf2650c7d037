package jflannel.lab.cloud;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.json.Json;

/// Stands in for Google Compute Engine: a project with a network, routes and instances with an interface each. Requests
/// must carry the token that the metadata server gives out. What changes routes is an operation, which takes a while.
public final class GceStandIn extends MeteredStandIn {
    public static final String PROJECT = "lab-project";
    public static final String TOKEN = "token-of-the-stand-in";
    static final String ZONE = "lab-zone-a";
    static final String NETWORK = "lab-network";
    /// The number of the project that shares its network with this one.
    static final String HOST = "7";
    private static final String SELF = "https://www.googleapis.com/compute/v1/";
    private static final Pattern NAME = Pattern.compile("[a-z]([-a-z0-9]{0,61}[a-z0-9])?");

    /// @param hop the number of an instance; 0 for something else
    private record Entry(String name, Cidr destination, int hop, int priority) {}

    /// @param left how many waits it takes
    /// @param effect what it does in the end; returns an error's code, or nothing
    private static final class Operation {
        int left = 1;
        String error = "";
        boolean done;
        Supplier<String> effect;
    }

    private final GceMetadataServer metadata = new GceMetadataServer(this);
    private final Map<String, Entry> routes = new TreeMap<>();
    private final Map<String, Operation> operations = new LinkedHashMap<>();
    private final Set<Integer> withoutForwarding = new TreeSet<>();
    private int quota = 250;
    private boolean shared;

    /// @param clock in nanoseconds, for the limits
    public GceStandIn(InetSocketAddress address, LongSupplier clock, Listener onRoute) throws IOException {
        super(address, clock, onRoute);
        routes.put("default-route-1", new Entry("default-route-1", Cidr.parse("0.0.0.0/0"), 0, 1000));
    }

    /// From now on the network is another project's.
    public synchronized void share() {
        shared = true;
    }

    synchronized boolean isShared() {
        return shared;
    }

    private String projectPath() {
        return "/compute/v1/projects/" + (shared ? HOST : PROJECT);
    }

    private String routesPath() {
        return projectPath() + "/global/routes";
    }

    /// From now on Google says of a machine that it may not forward.
    public synchronized void forbidForwarding(int number) {
        withoutForwarding.add(number);
    }

    public synchronized void limit(int count) {
        quota = count;
    }

    /// The numbers of the machines to which routes lead, by the routes' names.
    public synchronized Map<String, Integer> routes() {
        Map<String, Integer> hops = new TreeMap<>();
        routes.values().forEach(route -> hops.put(route.name, route.hop));
        return hops;
    }

    /// Somebody adds or replaces a route by hand.
    public synchronized void put(String name, Cidr destination, int machine) {
        put(new Entry(name, destination, machine, 1000));
    }

    /// Somebody deletes a route by hand.
    @Override
    public synchronized boolean delete(Cidr destination) {
        boolean there = routes.values().removeIf(route -> route.destination.equals(destination));
        tell(destination);
        return there;
    }

    private void put(Entry route) {
        routes.put(route.name, route);
        tell(route.destination);
    }

    private void tell(Cidr destination) {
        tell(
                destination,
                routes.values().stream()
                        .filter(route -> route.destination.equals(destination))
                        .min(Comparator.comparingInt(Entry::priority))
                        .flatMap(route -> machine(route.hop)));
    }

    @Override
    boolean asksMetadata(CloudRequest request) {
        return !request.path().contains("/compute/v1/");
    }

    @Override
    CloudReply metadata(CloudRequest request) {
        return metadata.answer(request);
    }

    @Override
    String credentialsFault(CloudRequest request) {
        return request.header("Authorization").equals("Bearer " + TOKEN) ? "" : "Invalid Credentials";
    }

    @Override
    CloudReply refusal(Refusal why, String action, String words) {
        return switch (why) {
            case UNAUTHENTICATED -> refusal(401, "authError", words);
            case THROTTLED -> refusal(403, "rateLimitExceeded", "Rate Limit Exceeded");
            case FORBIDDEN ->
                refusal(403, "forbidden", "Required '" + action + "' permission for 'projects/" + PROJECT + "'");
            case BROKEN -> refusal(503, "backendError", "Backend Error");
        };
    }

    /// What Google documents for each project: 1500 a minute of most groups of methods.
    @Override
    CallBudget budget(String action) {
        return new CallBudget(25, 25, clock.getAsLong());
    }

    @Override
    String action(CloudRequest request) {
        String path = request.path();
        if (path.endsWith("/wait")) {
            return "compute.globalOperations.get";
        }
        if (path.equals(routesPath())) {
            return request.method().equals("POST") ? "compute.routes.create" : "compute.routes.list";
        }
        if (path.startsWith(routesPath() + "/")) {
            return request.method().equals("DELETE") ? "compute.routes.delete" : "compute.routes.get";
        }
        return path.contains("/instances/")
                ? "compute.instances.get"
                : path.equals(projectPath()) ? "compute.projects.get" : "unknown";
    }

    @Override
    CloudReply call(String action, CloudRequest request) {
        String last = request.path().substring(request.path().lastIndexOf('/') + 1);
        return switch (action) {
            case "compute.routes.list" -> list(request.form());
            case "compute.routes.get" ->
                routes.containsKey(last)
                        ? good(json(routes.get(last)))
                        : refusal(404, "notFound", last + " was not found");
            case "compute.routes.create" -> insert(new String(request.body(), UTF_8));
            case "compute.routes.delete" ->
                routes.containsKey(last)
                        ? operation(() -> {
                            tell(routes.remove(last).destination);
                            return "";
                        })
                        : refusal(404, "notFound", last + " was not found");
            case "compute.globalOperations.get" -> await(request.path().replaceAll(".*/operations/(.*)/wait", "$1"));
            case "compute.instances.get" -> instance(last);
            case "compute.projects.get" ->
                good(Map.of(
                        "quotas",
                        List.of(Map.of("metric", "ROUTES", "limit", number(quota), "usage", number(routes.size())))));
            default -> refusal(404, "notFound", request.path());
        };
    }

    private CloudReply list(Map<String, String> form) {
        if (!form.getOrDefault("filter", "").equals("network eq \".*/networks/" + NETWORK + "\"")) {
            return refusal(400, "invalid", "Invalid value for field 'filter'");
        }
        List<Entry> all = new ArrayList<>(faults().lagNanos() > 0 ? List.of() : routes.values()); // a list of long ago
        int size = Math.min(100, Integer.parseInt(form.getOrDefault("maxResults", "500")));
        int first = Integer.parseInt("0" + form.getOrDefault("pageToken", ""));
        int last = Math.min(all.size(), first + size);
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("kind", "compute#routeList");
        answer.put("items", all.subList(first, last).stream().map(this::json).toList());
        if (last < all.size()) {
            answer.put("nextPageToken", String.valueOf(last));
        }
        return good(answer);
    }

    private Map<String, Object> json(Entry route) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", route.name);
        json.put("network", SELF + "projects/" + PROJECT + "/global/networks/" + NETWORK);
        json.put("destRange", route.destination.toString());
        json.put("priority", number(route.priority));
        if (route.hop == 0) {
            json.put("nextHopGateway", SELF + "projects/" + PROJECT + "/global/gateways/default-internet-gateway");
        } else {
            if (shared) {
                json.put("nextHopIp", address(route.hop));
            } else {
                json.put("nextHopInstance", SELF + instancePath(route.hop));
            }
            if (!machines().containsKey(route.hop)) {
                json.put("warnings", List.of(Map.of("code", "NEXT_HOP_INSTANCE_NOT_FOUND")));
            }
        }
        return json;
    }

    private String address(int machine) {
        return machine(machine)
                .map(it -> it.addresses().get(Family.IPV4).toString())
                .orElse("192.0.2.99");
    }

    /// Routes to an instance are possible in its own project alone.
    private Optional<Integer> hop(Map<String, Object> route) {
        String prefix = "projects/" + PROJECT + "/zones/" + ZONE + "/instances/vm-";
        String instance = String.valueOf(route.get("nextHopInstance"));
        return shared
                ? machines().keySet().stream()
                        .filter(each -> address(each).equals(route.get("nextHopIp")))
                        .findFirst()
                : Optional.of(instance)
                        .filter(it -> it.startsWith(prefix))
                        .map(it -> Integer.parseInt(it.substring(prefix.length())));
    }

    static String name(int machine) {
        return "vm-" + machine;
    }

    private static String instancePath(int machine) {
        return "projects/" + PROJECT + "/zones/" + ZONE + "/instances/" + name(machine);
    }

    private CloudReply insert(String text) {
        Map<String, Object> json = Json.object(text);
        String name = String.valueOf(json.get("name"));
        Optional<Integer> hop = hop(json);
        boolean valid = NAME.matcher(name).matches()
                && String.valueOf(json.get("network")).endsWith("/networks/" + NETWORK)
                && hop.isPresent();
        if (!valid) {
            return refusal(400, "invalid", "Invalid value in " + text);
        }
        if (routes.containsKey(name)) {
            return refusal(409, "alreadyExists", "The resource '" + name + "' already exists");
        }
        int priority = Integer.parseInt(((Json.Number) json.get("priority")).text());
        Cidr destination = Cidr.parse(String.valueOf(json.get("destRange")));
        int machine = hop.get();
        return operation(() -> {
            if (routes.size() >= quota) {
                return "QUOTA_EXCEEDED";
            }
            put(new Entry(name, destination, machine, priority));
            return "";
        });
    }

    private CloudReply operation(Supplier<String> effect) {
        Operation operation = new Operation();
        operation.effect = effect;
        String name = "operation-" + operations.size();
        operations.put(name, operation);
        return good(json(name, operation));
    }

    private CloudReply await(String name) {
        Operation operation = operations.get(name);
        if (operation == null) {
            return refusal(404, "notFound", name + " was not found");
        }
        if (!operation.done && operation.left-- == 0) {
            operation.done = true;
            operation.error = operation.effect.get();
        }
        return good(json(name, operation));
    }

    private static Map<String, Object> json(String name, Operation operation) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("kind", "compute#operation");
        json.put("name", name);
        json.put("status", operation.done ? "DONE" : "RUNNING");
        if (!operation.error.isEmpty()) {
            json.put(
                    "error",
                    Map.of("errors", List.of(Map.of("code", operation.error, "message", "Quota 'ROUTES' exceeded."))));
        }
        return json;
    }

    private CloudReply instance(String name) {
        return Stream.of(name)
                .filter(it -> it.matches("vm-\\d+"))
                .map(it -> Integer.parseInt(it.substring(3)))
                .filter(machines()::containsKey)
                .findFirst()
                .map(number -> good(Map.of("name", name, "canIpForward", !withoutForwarding.contains(number))))
                .orElseGet(() -> refusal(404, "notFound", name + " was not found"));
    }

    private static Json.Number number(int value) {
        return new Json.Number(String.valueOf(value));
    }

    private static CloudReply good(Map<String, ?> json) {
        return CloudReply.json(200, Json.compact(json));
    }

    private static CloudReply refusal(int status, String reason, String message) {
        return CloudReply.json(
                status,
                Json.compact(Map.of(
                        "error",
                        Map.of(
                                "code", number(status),
                                "message", message,
                                "errors", List.of(Map.of("reason", reason, "message", message))))));
    }
}
