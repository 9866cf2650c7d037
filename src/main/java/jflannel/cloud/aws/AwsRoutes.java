package jflannel.cloud.aws;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.cloud.CloudException;
import jflannel.cloud.CloudException.Fault;
import jflannel.cloud.CloudRoute;
import jflannel.cloud.CloudRoutes;
import jflannel.cloud.CloudTable;
import jflannel.cloud.DesiredCloudRoutes;
import jflannel.cloud.aws.Ec2.Reply;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.lease.CloudKeys;

/// The route tables of a VPC. Routes there have neither names nor tags, so nodes that may delete each other's put a tag
/// on their interfaces.
///
/// What EC2 has accepted it may show seconds later only. So a route that is there although it was not listed is
/// replaced, and one that is gone although it was listed is created.
final class AwsRoutes implements CloudRoutes {
    private static final String TAG = "jflannel:network";
    private static final String PAGE = "100";

    private final DesiredCloudRoutes wanted;
    private final Map<Family, NetworkInterface> interfaces;
    private final Ec2 ec2;

    AwsRoutes(DesiredCloudRoutes wanted, Map<Family, NetworkInterface> interfaces, Ec2 ec2) {
        this.wanted = wanted;
        this.interfaces = interfaces;
        this.ec2 = ec2;
    }

    @Override
    public void admit() throws CloudException, InterruptedException {
        Map<String, String> asked = new TreeMap<>();
        Set<String> ids = ids();
        put(asked, "NetworkInterfaceId.", ids);
        Xml answer = ec2.call("DescribeNetworkInterfaces", asked, " on " + String.join(", ", ids));
        for (Xml each : answer.items("networkInterfaceSet").toList()) {
            String id = each.text("networkInterfaceId");
            if (!each.text("sourceDestCheck").equals("false")) {
                ec2.call(
                        "ModifyNetworkInterfaceAttribute",
                        Map.of("NetworkInterfaceId", id, "SourceDestCheck.Value", "false"),
                        " on " + id);
            }
            boolean marked = each.items("tagSet")
                    .anyMatch(tag ->
                            tag.text("key").equals(TAG) && tag.text("value").equals(mark()));
            if (wanted.network().option(CloudKeys.DELETE_STALE) && !marked) {
                ec2.call(
                        "CreateTags", Map.of("ResourceId.1", id, "Tag.1.Key", TAG, "Tag.1.Value", mark()), " on " + id);
            }
        }
    }

    private Set<String> ids() {
        return interfaces.values().stream().map(NetworkInterface::id).collect(Collectors.toCollection(TreeSet::new));
    }

    /// The value of the tag: which network a node belongs to.
    private String mark() {
        return wanted.network().networks().values().stream().map(Cidr::toString).collect(Collectors.joining(" "));
    }

    @Override
    public List<CloudTable> tables() throws CloudException, InterruptedException {
        List<String> configured = wanted.network().option(CloudKeys.ROUTE_TABLE_ID);
        List<Xml> found = describe(configured);
        Stream<Xml> ours = configured.isEmpty()
                ? interfaces.values().stream()
                        .distinct()
                        .map(own -> of(own, found))
                        .flatMap(Optional::stream)
                        .distinct()
                : found.stream();
        List<CloudTable> tables = ours.map(this::table).toList();
        if (tables.isEmpty()) {
            throw new CloudException(
                    Fault.FAILED, "ec2:DescribeRouteTables lists no route table for " + String.join(", ", ids()));
        }
        return tables;
    }

    private List<Xml> describe(List<String> configured) throws CloudException, InterruptedException {
        Map<String, String> asked = new TreeMap<>();
        if (configured.isEmpty()) {
            // all of the VPC in one call: a filter cannot ask for the subnet's table or else the main one
            put(
                    asked,
                    "Filter.1.Value.",
                    interfaces.values().stream()
                            .map(NetworkInterface::vpc)
                            .collect(Collectors.toCollection(TreeSet::new)));
            asked.put("Filter.1.Name", "vpc-id");
            asked.put("MaxResults", PAGE);
        } else {
            put(asked, "RouteTableId.", configured);
        }
        List<Xml> tables = new ArrayList<>();
        String next;
        do {
            Xml answer = ec2.call(
                    "DescribeRouteTables", asked, configured.isEmpty() ? "" : " on " + String.join(", ", configured));
            answer.items("routeTableSet").forEach(tables::add);
            next = answer.text("nextToken");
            asked.put("NextToken", next);
        } while (!next.isEmpty());
        return tables;
    }

    private static void put(Map<String, String> parameters, String prefix, Collection<String> values) {
        int number = 1;
        for (String value : values) {
            parameters.put(prefix + number++, value);
        }
    }

    /// The table of the interface's subnet, or else the main one.
    private static Optional<Xml> of(NetworkInterface own, List<Xml> tables) {
        return associated(tables, "subnetId", own.subnet()).or(() -> associated(tables, "main", "true"));
    }

    private static Optional<Xml> associated(List<Xml> tables, String field, String value) {
        return tables.stream()
                .filter(table -> table.items("associationSet")
                        .anyMatch(it -> it.text(field).equals(value)))
                .findFirst();
    }

    private CloudTable table(Xml table) {
        String id = table.text("routeTableId");
        Map<Family, Integer> used = new TreeMap<>();
        List<CloudRoute> routes = new ArrayList<>();
        for (Xml route : table.items("routeSet").toList()) {
            Optional<Cidr> destination = destination(route);
            // routes to lists of prefixes are none of flannel's
            if (destination.isPresent() && !route.text("origin").equals("EnableVgwRoutePropagation")) {
                used.merge(destination.get().family(), 1, Integer::sum); // the quota is for each family
            }
            destination
                    .filter(wanted::concerns)
                    .map(it -> route(id, it, route))
                    .filter(it -> it.state() != CloudRoute.State.FOREIGN
                            || !wanted.subnets().contains(it.destination())) // a route that was created wins
                    .ifPresent(routes::add);
        }
        int most = used.values().stream().mapToInt(Integer::intValue).max().orElse(0);
        return new CloudTable(id, routes, most, wanted.network().option(CloudKeys.ROUTE_QUOTA));
    }

    private static Optional<Cidr> destination(Xml route) {
        try {
            return Stream.of("destinationCidrBlock", "destinationIpv6CidrBlock")
                    .map(route::text)
                    .filter(text -> !text.isEmpty())
                    .findFirst()
                    .map(Cidr::parse);
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // not of flannel's making
        }
    }

    private CloudRoute route(String table, Cidr destination, Xml route) {
        String target = Stream.of(
                        "networkInterfaceId",
                        "instanceId",
                        "gatewayId",
                        "natGatewayId",
                        "transitGatewayId",
                        "vpcPeeringConnectionId",
                        "localGatewayId",
                        "carrierGatewayId",
                        "egressOnlyInternetGatewayId")
                .map(route::text)
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("nothing");
        CloudRoute.State state = !route.text("origin").equals("CreateRoute")
                ? CloudRoute.State.FOREIGN
                : route.text("state").equals("active") ? CloudRoute.State.ACTIVE : CloudRoute.State.DEAD;
        return new CloudRoute(table, destination, "", target, state, target.equals(own(destination)));
    }

    private String own(Cidr destination) {
        NetworkInterface own = interfaces.get(destination.family());
        return (own == null ? interfaces.values().iterator().next() : own).id();
    }

    @Override
    public void create(CloudTable table, Cidr subnet) throws CloudException, InterruptedException {
        write("CreateRoute", "RouteAlreadyExists", "ReplaceRoute", table.id(), subnet);
    }

    @Override
    public void replace(CloudRoute route) throws CloudException, InterruptedException {
        write("ReplaceRoute", "InvalidRoute.NotFound", "CreateRoute", route.table(), route.destination());
    }

    private void write(String action, String code, String other, String table, Cidr subnet)
            throws CloudException, InterruptedException {
        Map<String, String> asked = new TreeMap<>(destination(table, subnet));
        asked.put("NetworkInterfaceId", own(subnet));
        if (ec2.ask(action, asked) instanceof Reply.Refused refused) {
            if (!refused.code().equals(code)) {
                throw refused.failure(" on " + table);
            }
            ec2.call(other, asked, " on " + table);
        }
    }

    @Override
    public void delete(CloudRoute route) throws CloudException, InterruptedException {
        if (ec2.ask("DeleteRoute", destination(route.table(), route.destination())) instanceof Reply.Refused refused
                && !refused.code().equals("InvalidRoute.NotFound")) {
            throw refused.failure(" on " + route.table());
        }
    }

    private static Map<String, String> destination(String table, Cidr subnet) {
        String field = subnet.family() == Family.IPV4 ? "DestinationCidrBlock" : "DestinationIpv6CidrBlock";
        return Map.of("RouteTableId", table, field, subnet.toString());
    }

    @Override
    public Set<CloudRoute> made(Collection<CloudRoute> routes) throws CloudException, InterruptedException {
        Map<String, String> asked = new TreeMap<>();
        put(
                asked,
                "Filter.1.Value.",
                routes.stream().map(CloudRoute::target).collect(Collectors.toCollection(TreeSet::new)));
        asked.put("Filter.1.Name", "network-interface-id");
        asked.put("Filter.2.Name", "tag:" + TAG);
        asked.put("Filter.2.Value.1", mark());
        Set<String> marked = ec2.call("DescribeNetworkInterfaces", asked, "")
                .items("networkInterfaceSet")
                .map(each -> each.text("networkInterfaceId"))
                .collect(Collectors.toSet());
        return routes.stream().filter(route -> marked.contains(route.target())).collect(Collectors.toSet());
    }

    @Override
    public String node() {
        return String.join(", ", ids());
    }

    @Override
    public void close() {
        ec2.close();
    }
}
