package jflannel.cloud.gce;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.CloudRoute;
import jflannel.cloud.CloudRoute.State;
import jflannel.cloud.CloudRoutes;
import jflannel.cloud.CloudTable;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.http.Fields;
import jflannel.ip.Cidr;
import jflannel.json.Json;

/// The routes of a VPC network. Each has a name, by which flannel's are known: `flannel-10-5-2-0-24`. A route cannot be
/// changed; it is deleted, and inserted again.
final class GceRoutes implements CloudRoutes {
    private static final int PRIORITY = 1000;
    private static final int CONFLICT = 409;
    private static final int NOT_FOUND = 404;

    private final DesiredCloudRoutes wanted;
    private final Instance instance;
    private final Compute compute;
    /// How many routes the project may have, and how many of them it has in other networks; once it is known.
    private Optional<Quota> quota = Optional.empty();

    private record Quota(int limit, int used) {}

    GceRoutes(DesiredCloudRoutes wanted, Instance instance, Compute compute) {
        this.wanted = wanted;
        this.instance = instance;
        this.compute = compute;
    }

    @Override
    public void admit() throws CloudException, InterruptedException {
        Fields self = compute.get("compute.instances.get", instance.path());
        if (!self.isTrue("canIpForward")) {
            throw new CloudException(
                    Fault.FAILED,
                    "the instance " + instance.name()
                            + " was made without IP forwarding (canIpForward), so Google drops"
                            + " pods' packets; make it again with --can-ip-forward");
        }
    }

    @Override
    public List<CloudTable> tables() throws CloudException, InterruptedException {
        List<CloudRoute> routes = new ArrayList<>();
        int used = 0;
        String page = "";
        do {
            Fields answer = compute.get("compute.routes.list", routesPath() + query(page));
            for (Fields route : answer.all("items").toList()) {
                used += route.text("nextHopNetwork").isEmpty() ? 1 : 0; // what Google makes for subnets does not count
                route(route).ifPresent(routes::add);
            }
            page = answer.text("nextPageToken");
        } while (!page.isEmpty());
        return List.of(new CloudTable(instance.network(), routes, used, limit(used)));
    }

    private String routesPath() {
        return "projects/" + instance.host() + "/global/routes";
    }

    private String query(String page) {
        String filter = "network eq \".*/networks/" + instance.network() + "\"";
        return "?maxResults=500&filter=" + URLEncoder.encode(filter, UTF_8)
                + (page.isEmpty() ? "" : "&pageToken=" + URLEncoder.encode(page, UTF_8));
    }

    /// How many routes there may be in this network, beside those in others; 0 if that is not known.
    private int limit(int usedHere) throws InterruptedException {
        if (quota.isEmpty()) {
            quota = Optional.of(quota());
        }
        int elsewhere = Math.max(0, quota.get().used - usedHere);
        return Math.max(0, quota.get().limit - elsewhere);
    }

    /// Asked once: it is a call more, and quotas rarely change.
    private Quota quota() throws InterruptedException {
        try {
            return compute.get("compute.projects.get", "projects/" + instance.host())
                    .all("quotas")
                    .filter(each -> each.text("metric").equals("ROUTES"))
                    .findFirst()
                    .map(each -> new Quota((int) each.number("limit"), (int) each.number("usage")))
                    .orElse(new Quota(0, 0));
        } catch (CloudException e) {
            return new Quota(0, 0); // without it there is no warning before the quota is hit
        }
    }

    private Optional<CloudRoute> route(Fields route) {
        Cidr destination;
        try {
            destination = Cidr.parse(route.text("destRange"));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        boolean ours = route.text("name").equals(CloudRoute.mark(destination));
        boolean loses =
                !ours && route.number("priority") > PRIORITY && wanted.subnets().contains(destination);
        if (!wanted.concerns(destination) || loses) {
            return Optional.empty();
        }
        String hop = route.text("nextHopInstance") + route.text("nextHopIp"); // it has one of them
        boolean dead = route.all("warnings").anyMatch(it -> it.text("code").equals("NEXT_HOP_INSTANCE_NOT_FOUND"));
        State state = !ours ? State.FOREIGN : dead ? State.DEAD : State.ACTIVE;
        String target = hop.isEmpty() ? route.text("name") : GceMetadata.last(hop);
        return Optional.of(
                new CloudRoute(instance.network(), destination, route.text("name"), target, state, isHere(route)));
    }

    @Override
    public void create(CloudTable table, Cidr subnet) throws CloudException, InterruptedException {
        Compute.Reply reply = insert(subnet);
        if (reply.status() == CONFLICT) { // it is there, although it was not listed
            Fields there = compute.get("compute.routes.get", routesPath() + "/" + CloudRoute.mark(subnet));
            if (isHere(there)) {
                return;
            }
            remove(CloudRoute.mark(subnet));
            reply = insert(subnet);
        }
        compute.await(instance.host(), reply);
    }

    private boolean isHere(Fields route) {
        return route.text("nextHopInstance").endsWith("/" + instance.path())
                || instance.addresses().containsValue(route.text("nextHopIp"));
    }

    private Compute.Reply insert(Cidr subnet) throws CloudException, InterruptedException {
        Map<String, Object> route = new LinkedHashMap<>();
        route.put("name", CloudRoute.mark(subnet));
        route.put("description", "made by flannel");
        route.put("network", "projects/%s/global/networks/%s".formatted(instance.host(), instance.network()));
        route.put("destRange", subnet.toString());
        route.put("priority", new Json.Number(String.valueOf(PRIORITY)));
        Map.Entry<String, String> hop = instance.hop(subnet);
        route.put(hop.getKey(), hop.getValue());
        return compute.post("compute.routes.create", routesPath(), Json.compact(route));
    }

    @Override
    public void replace(CloudRoute route) throws CloudException, InterruptedException {
        remove(route.name());
        compute.await(instance.host(), insert(route.destination()));
    }

    @Override
    public void delete(CloudRoute route) throws CloudException, InterruptedException {
        remove(route.name());
    }

    private void remove(String name) throws CloudException, InterruptedException {
        Compute.Reply reply = compute.delete("compute.routes.delete", routesPath() + "/" + name);
        if (reply.status() != NOT_FOUND) {
            compute.await(instance.host(), reply);
        }
    }

    @Override
    public Set<CloudRoute> made(Collection<CloudRoute> routes) {
        return routes.stream().filter(route -> route.state() != State.FOREIGN).collect(Collectors.toSet());
    }

    @Override
    public String node() {
        return instance.name();
    }

    @Override
    public void close() {
        compute.close();
    }
}
