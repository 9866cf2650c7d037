package jflannel.cloud.ali;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.CloudRoute;
import jflannel.cloud.CloudTable;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.http.ApiAnswer;
import jflannel.cloud.http.Fields;
import jflannel.cloud.http.MarkedRoutes;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.lease.CloudKeys;

/// The route tables of a VPC. Each route has a name, by which flannel's are known. Changes take a while, and a
/// VPC takes one at a time.
final class AliRoutes extends MarkedRoutes {
    private static final int TABLES = 50;
    private static final int ROUTES = 100;

    private final Map<Family, Home> homes;
    private final AliVpc vpc;
    /// The tables' IDs, once they are known. They are asked for again once an hour, as it is a call more.
    private List<String> tables;

    private boolean isFresh;

    /// Where routes to this node lead.
    ///
    /// @param type `Instance` or `NetworkInterface`
    record Hop(String type, String id) {}

    /// Where this node is.
    record Home(String vpc, String vswitch, Hop hop) {}

    AliRoutes(DesiredCloudRoutes wanted, Map<Family, Home> homes, AliVpc vpc) {
        super(wanted);
        this.homes = homes;
        this.vpc = vpc;
        this.tables = wanted.network().option(CloudKeys.ROUTE_TABLE_ID);
    }

    /// Alibaba asks for nothing. But by now the vSwitch may have another table.
    @Override
    public void admit() throws CloudException, InterruptedException {
        if (!isFresh && wanted.network().option(CloudKeys.ROUTE_TABLE_ID).isEmpty()) {
            tables = find();
        }
        isFresh = false;
    }

    @Override
    public List<CloudTable> tables() throws CloudException, InterruptedException {
        if (tables.isEmpty()) {
            tables = find();
            isFresh = true;
        }
        List<CloudTable> all = new ArrayList<>();
        for (String id : tables) {
            all.add(table(id));
        }
        return all;
    }

    private List<String> find() throws CloudException, InterruptedException {
        List<String> ids = new ArrayList<>();
        for (Home home : homes.values().stream().distinct().toList()) {
            String id = inUse(
                            describe(home.vpc()),
                            table -> table.object("VSwitchIds").json().get("VSwitchId") instanceof List<?> all
                                    && all.contains(home.vswitch()),
                            table -> table.text("RouteTableType").equals("System"))
                    .map(table -> table.text("RouteTableId"))
                    .orElseThrow(() -> new CloudException(
                            Fault.FAILED, "vpc:DescribeRouteTableList lists no route table for " + home.vswitch()));
            if (!ids.contains(id)) {
                ids.add(id);
            }
        }
        return ids;
    }

    private List<Fields> describe(String network) throws CloudException, InterruptedException {
        List<Fields> found = new ArrayList<>();
        for (int page = 1; ; page++) {
            Map<String, String> asked =
                    Map.of("VpcId", network, "PageNumber", String.valueOf(page), "PageSize", String.valueOf(TABLES));
            Fields answer = vpc.ask("DescribeRouteTableList", asked).good("");
            List<Fields> some =
                    answer.object("RouterTableList").all("RouterTableListType").toList();
            found.addAll(some);
            if (some.isEmpty() || found.size() >= answer.number("TotalCount")) {
                return found;
            }
        }
    }

    private CloudTable table(String id) throws CloudException, InterruptedException {
        Map<String, String> asked = new TreeMap<>(
                Map.of("RouteTableId", id, "RouteEntryType", "Custom", "MaxResult", String.valueOf(ROUTES)));
        List<CloudRoute> routes = new ArrayList<>();
        int used = 0;
        String next;
        do {
            Fields answer = vpc.ask("DescribeRouteEntryList", asked).good(" on " + id);
            for (Fields route : answer.object("RouteEntrys").all("RouteEntry").toList()) {
                used++;
                route(id, entry(route)).ifPresent(routes::add);
            }
            next = answer.text("NextToken");
            asked.put("NextToken", next);
        } while (!next.isEmpty());
        return new CloudTable(id, routes, used, wanted.network().option(CloudKeys.ALI_QUOTA));
    }

    private Entry entry(Fields route) {
        List<Fields> hops = route.object("NextHops").all("NextHop").toList();
        String target = hops.isEmpty() ? "nothing" : hops.getFirst().text("NextHopId");
        boolean here = hops.size() == 1
                && homes.values().stream().anyMatch(home -> home.hop().id().equals(target));
        boolean works = hops.stream().anyMatch(hop -> hop.number("Enabled") == 1);
        return new Entry(
                route.text("RouteEntryId"),
                route.text("DestinationCidrBlock"),
                route.text("RouteEntryName"),
                target,
                works,
                here);
    }

    @Override
    protected boolean insert(String table, Cidr subnet) throws CloudException, InterruptedException {
        Home home =
                homes.getOrDefault(subnet.family(), homes.values().iterator().next());
        ApiAnswer answer = vpc.ask(
                "CreateRouteEntry",
                Map.of(
                        "RouteTableId",
                        table,
                        "DestinationCidrBlock",
                        subnet.toString(),
                        "NextHopType",
                        home.hop().type(),
                        "NextHopId",
                        home.hop().id(),
                        "RouteEntryName",
                        CloudRoute.mark(subnet)));
        if (answer.isRefusedFor("RouterEntryConflict.Duplicated", "InvalidCIDRBlock.Duplicate")) {
            return false;
        }
        answer.good(" on " + table);
        return true;
    }

    @Override
    public void delete(CloudRoute route) throws CloudException, InterruptedException {
        ApiAnswer answer = vpc.ask("DeleteRouteEntry", Map.of("RouteEntryId", route.name()));
        if (!answer.isRefusedFor("InvalidRouteEntry.NotFound", "InvalidRouteEntryId.NotFound")) {
            answer.good(" on " + route.table());
        }
    }

    @Override
    public String node() {
        return homes.values().iterator().next().hop().id();
    }

    @Override
    public void close() {
        vpc.close();
    }
}
