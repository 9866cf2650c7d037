package jflannel.lab.kube;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;

/// Stands in for a Kubernetes API server: nodes and pods, with list, watch, bookmarks, merge patches, the
/// subresource status, versions that are forgotten, and RBAC. Speaks HTTP on a port of the network namespace of the
/// thread that starts it. Tests that use it also run against a real one: see `Cluster`.
///
/// As slow and as silent as a real one: a list takes its time, a large one is packed, and of a watch nothing comes
/// but the head until something happens, or a minute has passed.
public final class KubeApi implements AutoCloseable {
    /// Who may do everything.
    public static final String ADMIN = "admin-token";
    /// Who may do what the rules grant.
    public static final String USER = "flannel-token";

    private static final int TICK_MILLIS = 200;
    private static final int LIST_MILLIS = 20;
    /// From this size on a real one packs what it sends, for clients that can unpack it.
    private static final int LARGE = 128 * 1024;

    private static final Duration BETWEEN_BOOKMARKS = Duration.ofMinutes(1);

    static {
        // or Java's HTTP server keeps the end of each answer back until the client has acknowledged its beginning
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final KubeObjects nodes = new KubeObjects("Node");
    private final Map<String, KubeObjects> kinds = Map.of(
            "nodes",
            nodes,
            "pods",
            new KubeObjects("Pod"),
            "namespaces",
            new KubeObjects("Namespace"),
            "networkpolicies",
            new KubeObjects("NetworkPolicy"),
            "adminnetworkpolicies",
            new KubeObjects("AdminNetworkPolicy"),
            "clusternetworkpolicies",
            new KubeObjects("ClusterNetworkPolicy"));
    private final ApiGroup clusterPolicies = new ApiGroup("policy.networking.k8s.io");
    private final List<KubeRule> rules;
    private final ApiFaults faults = new ApiFaults();
    private SSLContext tls;
    private final ConcurrentLinkedQueue<String> requests = new ConcurrentLinkedQueue<>();
    private InetSocketAddress address;
    private HttpServer server;
    private TlsFront front;
    private ExecutorService threads;
    private volatile boolean stopping;
    private volatile boolean goneAsEvent;
    private volatile int compactions;

    /// @param rules what the token [#USER] is allowed
    /// @param tls null for plain HTTP
    public static KubeApi start(InetSocketAddress address, List<KubeRule> rules, SSLContext tls) throws IOException {
        KubeApi api = new KubeApi(address, rules, tls);
        api.start();
        return api;
    }

    private KubeApi(InetSocketAddress address, List<KubeRule> rules, SSLContext tls) {
        this.address = address;
        this.rules = List.copyOf(rules);
        this.tls = tls;
    }

    /// Serves again, at the same address and with all objects, after [#stop].
    public void start() throws IOException {
        stopping = false;
        server = HttpServer.create(
                tls == null ? address : new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        threads = Executors.newVirtualThreadPerTaskExecutor();
        server.setExecutor(threads);
        server.createContext("/", this::serve);
        server.start();
        if (tls != null) {
            front = new TlsFront(address, tls, server.getAddress().getPort());
        }
        address = tls == null ? server.getAddress() : front.address(); // the kernel chose the port
    }

    public String url() {
        return (tls == null ? "http://" : "https://") + address.getAddress().getHostAddress() + ":" + address.getPort();
    }

    /// Ends all connections and listens no more; the objects stay.
    public void stop() {
        stopping = true;
        if (front != null) {
            front.close();
        }
        server.stop(0);
        threads.shutdownNow();
    }

    /// What is wrong with it.
    public ApiFaults faults() {
        return faults;
    }

    /// Serves with another certificate after the next [#start].
    public void use(SSLContext other) {
        tls = other;
    }

    /// Adds a node without a request.
    ///
    /// @param node with a name in its metadata
    public void add(ObjectNode node) {
        nodes.create(node);
    }

    /// Changes a node without a request.
    ///
    /// @param patch by the rules of a strategic merge patch
    public void patch(String name, ObjectNode patch) {
        nodes.patch(name, patch, "");
    }

    /// Adds an object, or changes one of the same name, whatever its namespace is.
    ///
    /// @param kind in the plural, as in the path
    public void apply(String kind, ObjectNode object) {
        String name = object.path("metadata").path("name").asText();
        if (!kinds.get(kind).create(object)) {
            kinds.get(kind).patch(name, object, "");
        }
    }

    /// Adds kinds of policies for the whole cluster, as their CustomResourceDefinitions do.
    ///
    /// @param kinds in the plural
    public void install(String version, String... kinds) {
        clusterPolicies.install(version, List.of(kinds));
    }

    public void delete(String kind, String name) {
        kinds.get(kind).delete(name);
    }

    /// A node as JSON, if there is one.
    public Optional<String> node(String name) {
        return nodes.get(name);
    }

    /// Deletes a node without a request.
    public void remove(String name) {
        nodes.delete(name);
    }

    /// Forgets former versions and ends all watches: those who watch must begin with a list.
    public void compact() {
        goneAsEvent = !goneAsEvent; // an API server says so in either way
        nodes.compact();
        compactions = compactions + 1; // only one thread calls this
    }

    /// Has the objects of now, but early versions of them, as after a restore from a backup. To be called while it
    /// is stopped.
    public void restore() {
        nodes.restore();
    }

    /// All requests of the user's so far: `GET /api/v1/nodes?…`.
    public List<String> requests() {
        return List.copyOf(requests);
    }

    @Override
    public void close() {
        stop();
    }

    private void serve(HttpExchange exchange) throws IOException {
        try (exchange) {
            String[] path = exchange.getRequestURI().getPath().substring(1).split("/");
            if (path[0].equals("apis") && path.length < 4) {
                answer(exchange, clusterPolicies.describe(path).orElse(null), path[path.length - 1]);
                return;
            }
            Map<String, String> query = query(exchange.getRequestURI().getRawQuery());
            // api v1 nodes NAME status, or api v1 namespaces NS pods NAME, or apis networking.k8s.io v1 networkpolicies
            boolean isPod = path.length > 4 && path[2].equals("namespaces");
            int at = isPod ? 4 : path[0].equals("apis") ? 3 : 2;
            KubeObjects objects = kinds.getOrDefault(path[at], nodes);
            String name = path.length > at + 1 ? path[at + 1] : "";
            String part = path.length > at + 2 ? path[at + 2] : "";
            String resource = part.isEmpty() ? path[at] : path[at] + "/" + part;
            String verb = verb(exchange.getRequestMethod(), name, query);
            if (!mayDo(exchange, verb, resource)) {
                return;
            }
            switch (verb) {
                case "get" -> answer(exchange, objects.get(name).orElse(null), name);
                case "list" -> {
                    Thread.sleep(LIST_MILLIS);
                    answer(exchange, objects.list(only(query)), "");
                }
                case "watch" -> watch(exchange, objects, query);
                case "create" -> {
                    boolean made = objects.create((ObjectNode) body(exchange));
                    status(exchange, made ? 201 : 409, made ? "created" : "it exists already");
                }
                case "patch" -> {
                    String patched = objects.patch(name, body(exchange), part).orElse(null);
                    if (!isAdmin(exchange)) {
                        faults.beforeAnswerToPatch();
                    }
                    answer(exchange, patched, name);
                }
                case "delete" -> status(exchange, objects.delete(name) ? 200 : 404, "deleted");
                default -> status(exchange, 405, "no such verb");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String verb(String method, String name, Map<String, String> query) {
        return switch (method) {
            case "GET" -> !name.isEmpty() ? "get" : "true".equals(query.get("watch")) ? "watch" : "list";
            case "POST" -> "create";
            default -> method.toLowerCase(java.util.Locale.ROOT);
        };
    }

    private static boolean isAdmin(HttpExchange exchange) {
        return ("Bearer " + ADMIN).equals(exchange.getRequestHeaders().getFirst("Authorization"));
    }

    private boolean mayDo(HttpExchange exchange, String verb, String resource)
            throws IOException, InterruptedException {
        if (isAdmin(exchange)) {
            return true;
        }
        faults.beforeAnswer();
        if (faults.refusal() != 0) {
            status(exchange, faults.refusal(), "refused");
            return false;
        }
        String token = exchange.getRequestHeaders().getFirst("Authorization");
        requests.add(exchange.getRequestMethod() + " " + exchange.getRequestURI());
        if (!faults.accepts(token)) {
            status(exchange, 401, "Unauthorized");
            return false;
        }
        if (rules.stream().noneMatch(rule -> rule.grants(verb, resource))) {
            status(exchange, 403, "User \"flannel\" cannot %s resource \"%s\"".formatted(verb, resource));
            return false;
        }
        return true;
    }

    private void watch(HttpExchange exchange, KubeObjects objects, Map<String, String> query)
            throws IOException, InterruptedException {
        long at = Long.parseLong(query.get("resourceVersion"));
        if (!objects.remembers(at) && !goneAsEvent) {
            status(exchange, 410, "too old resource version: " + at);
            return;
        }
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        out.flush(); // the head
        String only = only(query);
        int since = compactions + faults.broken();
        long lastBookmark = System.nanoTime();
        long end = System.nanoTime() + Long.parseLong(query.get("timeoutSeconds")) * 1_000_000_000L;
        while (!stopping && System.nanoTime() < end) {
            if (!objects.remembers(at)) {
                event(out, "ERROR", statusText(410, "too old resource version: " + at));
                return;
            }
            List<KubeObjects.Change> changes = objects.after(at, TICK_MILLIS);
            faults.awaitResumed();
            if (since != compactions + faults.broken()) {
                return;
            }
            for (KubeObjects.Change change : changes) {
                at = change.version();
                if (only.isEmpty() || change.name().equals(only)) {
                    event(out, change.type(), change.object());
                }
            }
            if (changes.isEmpty()
                    && System.nanoTime() - lastBookmark >= BETWEEN_BOOKMARKS.toNanos()
                    && "true".equals(query.get("allowWatchBookmarks"))) {
                lastBookmark = System.nanoTime();
                ObjectNode bookmark = KubeObjects.JSON.createObjectNode().put("kind", "Node");
                bookmark.putObject("metadata").put("resourceVersion", Long.toString(at));
                event(out, "BOOKMARK", bookmark.toString());
            }
        }
    }

    private static void event(OutputStream out, String type, String object) throws IOException {
        out.write("{\"type\":\"%s\",\"object\":%s}\n".formatted(type, object).getBytes(UTF_8));
        out.flush();
    }

    private static String only(Map<String, String> query) {
        return query.getOrDefault("fieldSelector", "").replace("metadata.name=", "");
    }

    private static JsonNode body(HttpExchange exchange) throws IOException {
        return KubeObjects.JSON.readTree(exchange.getRequestBody());
    }

    private static void answer(HttpExchange exchange, String object, String name) throws IOException {
        if (object == null) {
            status(exchange, 404, "\"" + name + "\" not found");
        } else {
            send(exchange, 200, object);
        }
    }

    private static void status(HttpExchange exchange, int code, String message) throws IOException {
        send(exchange, code, statusText(code, message));
    }

    private static String statusText(int code, String message) {
        return KubeObjects.JSON
                .createObjectNode()
                .put("kind", "Status")
                .put("apiVersion", "v1")
                .put("status", code < 300 ? "Success" : "Failure")
                .put("message", message)
                .put("code", code)
                .toString();
    }

    private static void send(HttpExchange exchange, int code, String json) throws IOException {
        byte[] bytes = json.getBytes(UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        String accepted = exchange.getRequestHeaders().getFirst("Accept-Encoding");
        if (bytes.length < LARGE || accepted == null || !accepted.contains("gzip")) {
            exchange.sendResponseHeaders(code, bytes.length);
            exchange.getResponseBody().write(bytes);
            return;
        }
        exchange.getResponseHeaders().set("Content-Encoding", "gzip");
        exchange.sendResponseHeaders(code, 0);
        try (OutputStream packed = new QuickGzip(exchange.getResponseBody())) {
            packed.write(bytes);
        }
    }

    private static final class QuickGzip extends GZIPOutputStream {
        QuickGzip(OutputStream out) throws IOException {
            super(out, 1 << 16);
            def.setLevel(Deflater.BEST_SPEED); // as a real one
        }
    }

    private static Map<String, String> query(String raw) {
        Map<String, String> query = new HashMap<>();
        if (raw != null) {
            for (String pair : raw.split("&")) {
                String[] both = pair.split("=", 2);
                query.put(both[0], URLDecoder.decode(both.length > 1 ? both[1] : "", UTF_8));
            }
        }
        return query;
    }
}
