package jflannel.cloud.tencent;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.CloudRoute;
import jflannel.cloud.CloudTable;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.http.ApiAnswer;
import jflannel.cloud.http.Fields;
import jflannel.cloud.http.MarkedRoutes;
import jflannel.ip.Cidr;
import jflannel.json.Json;
import jflannel.lease.CloudKeys;

/// The route tables of a VPC. Each route has a description, by which flannel's are known. One that is disabled does
/// nothing, but no second one can be made beside it; so it is made again.
final class TencentRoutes extends MarkedRoutes {
    private static final int PAGE = 100;
    /// Made by people, or by programs like this one; others belong to the cloud's own services.
    private static final Set<String> BY_USERS = Set.of("USER", "");

    private final Home home;
    private final TencentVpc vpc;

    /// Where this node is.
    ///
    /// @param address to which routes lead
    record Home(String vpc, String subnet, String address) {}

    TencentRoutes(DesiredCloudRoutes wanted, Home home, TencentVpc vpc) {
        super(wanted);
        this.home = home;
        this.vpc = vpc;
    }

    /// Tencent asks for nothing: what an instance sends is not checked against its own addresses.
    @Override
    public void admit() {
        // nothing to do
    }

    @Override
    public List<CloudTable> tables() throws CloudException, InterruptedException {
        List<String> configured = wanted.network().option(CloudKeys.ROUTE_TABLE_ID);
        List<Fields> found = describe(configured);
        List<Fields> tables = configured.isEmpty() ? inUse(found).stream().toList() : found;
        if (tables.isEmpty()) {
            throw new CloudException(Fault.FAILED, "vpc:DescribeRouteTables lists no route table for " + home.subnet());
        }
        return tables.stream().map(this::table).toList();
    }

    private Optional<Fields> inUse(List<Fields> tables) {
        return inUse(
                tables,
                table -> table.all("AssociationSet")
                        .anyMatch(it -> it.text("SubnetId").equals(home.subnet())),
                table -> table.isTrue("Main"));
    }

    /// All of the VPC in one call, unless they are named.
    private List<Fields> describe(List<String> configured) throws CloudException, InterruptedException {
        Map<String, Object> asked = new LinkedHashMap<>();
        if (configured.isEmpty()) {
            asked.put("Filters", List.of(Map.of("Name", "vpc-id", "Values", List.of(home.vpc()))));
        } else {
            asked.put("RouteTableIds", configured);
        }
        asked.put("Limit", String.valueOf(PAGE));
        List<Fields> tables = new ArrayList<>();
        double all;
        do {
            asked.put("Offset", String.valueOf(tables.size()));
            Fields answer = vpc.ask("DescribeRouteTables", asked)
                    .good(configured.isEmpty() ? "" : " on " + String.join(", ", configured));
            List<Fields> page = answer.all("RouteTableSet").toList();
            tables.addAll(page);
            all = page.isEmpty() ? 0 : answer.number("TotalCount");
        } while (tables.size() < all);
        return tables;
    }

    private CloudTable table(Fields table) {
        String id = table.text("RouteTableId");
        List<Fields> made = table.all("RouteSet")
                .filter(route -> BY_USERS.contains(route.text("RouteType")))
                .toList();
        List<CloudRoute> routes = made.stream()
                .map(route -> route(id, entry(route)))
                .flatMap(Optional::stream)
                .toList();
        return new CloudTable(id, routes, made.size(), wanted.network().option(CloudKeys.TENCENT_QUOTA));
    }

    private Entry entry(Fields route) {
        String gateway = route.text("GatewayId");
        return new Entry(
                String.valueOf((long) route.number("RouteId")),
                route.text("DestinationCidrBlock"),
                route.text("RouteDescription"),
                gateway,
                route.isTrue("Enabled"),
                route.text("GatewayType").equals("NORMAL_CVM") && gateway.equals(home.address()));
    }

    @Override
    protected boolean insert(String table, Cidr subnet) throws CloudException, InterruptedException {
        Map<String, Object> route = Map.of(
                "DestinationCidrBlock",
                subnet.toString(),
                "GatewayType",
                "NORMAL_CVM",
                "GatewayId",
                home.address(),
                "RouteDescription",
                CloudRoute.mark(subnet));
        ApiAnswer answer = vpc.ask("CreateRoutes", Map.of("RouteTableId", table, "Routes", List.of(route)));
        if (answer.isRefusedFor("InvalidParameterValue.Duplicate", "UnsupportedOperation.EcmpWithUserRoute")) {
            return false;
        }
        answer.good(" on " + table);
        return true;
    }

    @Override
    public void delete(CloudRoute route) throws CloudException, InterruptedException {
        Map<String, Object> which = Map.of("RouteId", new Json.Number(route.name()));
        ApiAnswer answer = vpc.ask("DeleteRoutes", Map.of("RouteTableId", route.table(), "Routes", List.of(which)));
        if (!answer.isRefusedFor("ResourceNotFound")) {
            answer.good(" on " + route.table());
        }
    }

    @Override
    public String node() {
        return home.address();
    }

    @Override
    public void close() {
        vpc.close();
    }
}
