package jflannel.lab.cloud;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.lab.cloud.RouteTables.Entry;

/// Stands in for Amazon EC2: a VPC with a subnet, route tables and machines with an interface each. Requests must be
/// signed with the credentials that the metadata service gives out.
public final class AwsStandIn extends TableStandIn {
    public static final String REGION = "eu-test-1";
    public static final String MAIN = "rtb-0main";
    /// A token of another issuer, and the role that it may have.
    public static final String WEB_TOKEN = "web.identity.token";

    public static final String ROLE = "arn:aws:iam::1:role/flannel";
    private static final String FEDERATED = "AssumeRoleWithWebIdentity";
    static final String SUBNET = "subnet-1";
    static final String VPC = "vpc-1";

    private final AwsMetadata metadata = new AwsMetadata(this);
    private final Set<String> checked = new TreeSet<>();
    private final Map<String, Map<String, String>> tags = new TreeMap<>();

    /// @param clock in nanoseconds, for the limits
    /// @param onRoute called with each change of the table that the subnet uses
    public AwsStandIn(InetSocketAddress address, LongSupplier clock, Listener onRoute) throws IOException {
        super(address, clock, onRoute, MAIN, 500);
        addLocal(MAIN);
    }

    @Override
    public synchronized void add(Machine machine) {
        super.add(machine);
        checked.add(eni(machine));
    }

    @Override
    public synchronized void addTable(String id) {
        super.addTable(id);
        addLocal(id);
    }

    private void addLocal(String table) {
        tables.now().get(table).put(Cidr.parse("172.31.0.0/16"), new Entry("", "local", "CreateRouteTable"));
        tables.changed();
    }

    @Override
    String byHand() {
        return "CreateRoute";
    }

    @Override
    String name(Machine machine) {
        return eni(machine);
    }

    public static String eni(Machine machine) {
        return "eni-%04d".formatted(machine.number());
    }

    /// Whether machines may send and receive with other addresses than their own.
    public synchronized boolean isChecked(int machine) {
        return checked.contains("eni-%04d".formatted(machine));
    }

    public synchronized Map<String, String> tags(int machine) {
        return Map.copyOf(tags.getOrDefault("eni-%04d".formatted(machine), Map.of()));
    }

    @Override
    boolean asksMetadata(CloudRequest request) {
        return AwsMetadata.isOurs(request);
    }

    @Override
    CloudReply metadata(CloudRequest request) {
        return metadata.answer(request);
    }

    @Override
    String credentialsFault(CloudRequest request) {
        if (action(request).equals(FEDERATED)) {
            return ""; // by the token alone
        }
        return request.header("X-Amz-Security-Token").equals(AwsMetadata.SESSION)
                ? new SignatureV4(AwsMetadata.ACCESS_KEY, AwsMetadata.SECRET_KEY)
                        .fault(
                                request.method(),
                                request.path(),
                                request.query(),
                                request.headers(),
                                request.body(),
                                REGION,
                                "ec2")
                : "the session's token is missing";
    }

    @Override
    String action(CloudRequest request) {
        return request.form().getOrDefault("Action", "");
    }

    @Override
    CloudReply refusal(Refusal why, String action, String words) {
        return switch (why) {
            case UNAUTHENTICATED -> refusal(401, "AuthFailure", words);
            case THROTTLED -> refusal(503, "RequestLimitExceeded", "Request limit exceeded.");
            case FORBIDDEN ->
                refusal(
                        403,
                        "UnauthorizedOperation",
                        "You are not authorized. Encoded authorization failure message: c2VjcmV0");
            case BROKEN -> refusal(500, "InternalError", "An internal error has occurred");
        };
    }

    /// What EC2 documents for each account, region and action.
    @Override
    CallBudget budget(String action) {
        return action.startsWith("Describe")
                ? new CallBudget(100, 20, clock.getAsLong())
                : new CallBudget(50, 5, clock.getAsLong());
    }

    @Override
    CloudReply call(String action, CloudRequest request) {
        Map<String, String> form = request.form();
        return switch (action) {
            case "DescribeRouteTables" -> describeTables(form);
            case "DescribeNetworkInterfaces" -> describeInterfaces(form);
            case "ModifyNetworkInterfaceAttribute" -> {
                checked.remove(form.get("NetworkInterfaceId"));
                yield done(action);
            }
            case "CreateTags" -> {
                tags.computeIfAbsent(form.get("ResourceId.1"), _ -> new TreeMap<>())
                        .put(form.get("Tag.1.Key"), form.get("Tag.1.Value"));
                yield done(action);
            }
            case FEDERATED -> credentials(form);
            case "CreateRoute", "ReplaceRoute", "DeleteRoute" -> change(action, form);
            default -> refusal(400, "InvalidAction", "The action " + action + " is not valid for this web service.");
        };
    }

    private static CloudReply credentials(Map<String, String> form) {
        boolean known = WEB_TOKEN.equals(form.get("WebIdentityToken")) && ROLE.equals(form.get("RoleArn"));
        return known
                ? done(
                        FEDERATED,
                        "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>"
                                .formatted(AwsMetadata.ACCESS_KEY, AwsMetadata.SECRET_KEY, AwsMetadata.SESSION))
                : refusal(400, "InvalidIdentityToken", "the token is not known");
    }

    private CloudReply change(String action, Map<String, String> form) {
        String table = form.get("RouteTableId");
        Cidr destination = Cidr.parse(
                form.getOrDefault("DestinationCidrBlock", form.getOrDefault("DestinationIpv6CidrBlock", "")));
        if (!tables.now().containsKey(table)) {
            return refusal(400, "InvalidRouteTableID.NotFound", "The routeTable ID '" + table + "' does not exist");
        }
        boolean there = tables.now().get(table).containsKey(destination);
        if (action.equals("CreateRoute") && there) {
            return refusal(400, "RouteAlreadyExists", "The route identified by " + destination + " already exists.");
        }
        if (!action.equals("CreateRoute") && !there) {
            return refusal(400, "InvalidRoute.NotFound", "no route with destination-cidr-block " + destination);
        }
        if (action.equals("DeleteRoute")) {
            delete(table, destination);
            return done(action);
        }
        if (!there && isFull(table, destination.family())) {
            return refusal(400, "RouteLimitExceeded", "The maximum number of routes has been reached.");
        }
        put(table, destination, new Entry("", form.get("NetworkInterfaceId"), "CreateRoute"));
        return done(action);
    }

    private CloudReply describeTables(Map<String, String> form) {
        Map<String, Map<Cidr, Entry>> shown = tables.shown(faults().lagNanos());
        Collection<String> asked = values(form, "RouteTableId.");
        if (!shown.keySet().containsAll(asked)) {
            return refusal(400, "InvalidRouteTableID.NotFound", "The routeTable ID does not exist");
        }
        List<String> ids = new ArrayList<>(asked.isEmpty() ? shown.keySet() : asked);
        int first = Integer.parseInt("0" + form.getOrDefault("NextToken", ""));
        int last = Math.min(ids.size(), first + Integer.parseInt(form.getOrDefault("MaxResults", "1000")));
        String items = ids.subList(first, last).stream()
                .map(id -> table(id, shown.get(id)))
                .collect(Collectors.joining());
        String next = last < ids.size() ? "<nextToken>" + last + "</nextToken>" : "<nextToken/>";
        return done("DescribeRouteTables", "<routeTableSet>" + items + "</routeTableSet>" + next);
    }

    private String table(String id, Map<Cidr, Entry> routes) {
        String association = id.equals(MAIN)
                ? "<item><main>true</main></item>"
                : isAssociated(id) ? "<item><subnetId>" + SUBNET + "</subnetId><main>false</main></item>" : "";
        // what no node may touch
        String list = "<item><destinationPrefixListId>pl-1</destinationPrefixListId><gatewayId>vpce-1</gatewayId>"
                + "<state>active</state><origin>CreateRoute</origin></item>";
        return "<item><routeTableId>%s</routeTableId><vpcId>%s</vpcId><routeSet>%s%s</routeSet><associationSet>%s</associationSet></item>"
                .formatted(
                        id,
                        VPC,
                        routes.entrySet().stream()
                                .map(each -> route(each.getKey(), each.getValue()))
                                .collect(Collectors.joining()),
                        list,
                        association);
    }

    private String route(Cidr destination, Entry entry) {
        String field = destination.family() == Family.IPV4 ? "destinationCidrBlock" : "destinationIpv6CidrBlock";
        boolean interfaces = entry.target().startsWith("eni-");
        String kind = interfaces ? "networkInterfaceId" : "gatewayId";
        boolean dead = interfaces && target(entry).isEmpty();
        return "<item><%s>%s</%s><%s>%s</%s><state>%s</state><origin>%s</origin></item>"
                .formatted(
                        field,
                        destination,
                        field,
                        kind,
                        entry.target(),
                        kind,
                        dead ? "blackhole" : "active",
                        entry.text());
    }

    private CloudReply describeInterfaces(Map<String, String> form) {
        Collection<String> asked = values(form, "NetworkInterfaceId.");
        asked.addAll(values(form, "Filter.1.Value."));
        String tag = form.getOrDefault("Filter.2.Name", "").replace("tag:", "");
        String items = machines().values().stream()
                .map(AwsStandIn::eni)
                .filter(asked::contains)
                .filter(id -> tag.isEmpty()
                        || form.get("Filter.2.Value.1")
                                .equals(tags.getOrDefault(id, Map.of()).get(tag)))
                .map(id ->
                        "<item><networkInterfaceId>%s</networkInterfaceId><sourceDestCheck>%s</sourceDestCheck><tagSet>%s</tagSet></item>"
                                .formatted(id, checked.contains(id), tagItems(id)))
                .collect(Collectors.joining());
        return done("DescribeNetworkInterfaces", "<networkInterfaceSet>" + items + "</networkInterfaceSet>");
    }

    private String tagItems(String id) {
        return tags.getOrDefault(id, Map.of()).entrySet().stream()
                .map(tag -> "<item><key>" + tag.getKey() + "</key><value>" + tag.getValue() + "</value></item>")
                .collect(Collectors.joining());
    }

    private static Collection<String> values(Map<String, String> form, String prefix) {
        return form.entrySet().stream()
                .filter(field -> field.getKey().startsWith(prefix))
                .map(Map.Entry::getValue)
                .collect(Collectors.toCollection(ArrayList::new));
    }

    private static CloudReply done(String action) {
        return done(action, "<return>true</return>");
    }

    private static CloudReply done(String action, String content) {
        return CloudReply.xml(
                200,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%sResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">%s</%sResponse>"
                        .formatted(action, content, action));
    }

    private static CloudReply refusal(int status, String code, String message) {
        return CloudReply.xml(
                status,
                "<?xml version=\"1.0\"?>\n<Response><Errors><Error><Code>%s</Code><Message>%s</Message></Error></Errors></Response>"
                        .formatted(code, message));
    }
}
