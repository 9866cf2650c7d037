package jflannel.lease;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import jflannel.ip.Family;
import jflannel.lease.ConfigException.Verbatim;

/// The options of the backends that put routes into a cloud's own tables.
public final class CloudKeys {
    public static final BackendOption<Integer> RECONCILE_PERIOD = BackendOption.number(
            "ReconcilePeriod",
            300,
            5,
            86400,
            "how often a node looks at the cloud's table, in seconds; each look is one call");

    public static final BackendOption<Boolean> DELETE_STALE = BackendOption.truth(
            "DeleteStale", false, "one node at a time deletes routes that nodes without a lease have left");

    public static final BackendOption<List<String>> ROUTE_TABLE_ID = BackendOption.texts(
            "RouteTableID",
            "the table, or an array of tables, that get the routes: `rtb-0123456789abcdef0`",
            "that of the node's VPC subnet, else the VPC's main table");

    private static final BackendOption<List<String>> ALI_TABLE_ID = BackendOption.texts(
            "RouteTableID",
            "the table, or an array of tables, that get the routes: `vtb-bp145q7glnuzdvzu2pr0v`",
            "that of the node's vSwitch, else the VPC's system table");

    public static final BackendOption<Integer> ROUTE_QUOTA =
            quota(500, "how many routes a table may hold, to warn in time; AWS grants up to 1000");

    public static final BackendOption<Integer> TENCENT_QUOTA =
            quota(50, "how many routes a table may hold, to warn in time; Tencent grants more on request");

    public static final BackendOption<Integer> ALI_QUOTA =
            quota(200, "how many custom routes a table may hold, to warn in time; Alibaba grants more on request");

    public static final BackendOption<String> ACCESS_KEY_ID = BackendOption.text(
                    "AccessKeyID", "", "the ID of a key for the cloud's API, which every host then uses")
            .byDefault("from the environment, or the instance's role")
            .secret();

    public static final BackendOption<String> ACCESS_KEY_SECRET = BackendOption.text(
                    "AccessKeySecret", "", "its secret; whoever reads the network configuration reads it")
            .byDefault("from the environment, or the instance's role")
            .secret();

    static final List<BackendOption<?>> AWS = List.of(ROUTE_TABLE_ID, ROUTE_QUOTA, DELETE_STALE, RECONCILE_PERIOD);

    static final List<BackendOption<?>> GCE = List.of(DELETE_STALE, RECONCILE_PERIOD);

    static final List<BackendOption<?>> TENCENT =
            List.of(ACCESS_KEY_ID, ACCESS_KEY_SECRET, ROUTE_TABLE_ID, TENCENT_QUOTA, DELETE_STALE, RECONCILE_PERIOD);

    static final List<BackendOption<?>> ALI =
            List.of(ACCESS_KEY_ID, ACCESS_KEY_SECRET, ALI_TABLE_ID, ALI_QUOTA, DELETE_STALE, RECONCILE_PERIOD);

    private CloudKeys() {}

    private static BackendOption<Integer> quota(int otherwise, String meaning) {
        return BackendOption.number("RouteQuota", otherwise, 1, 10000, meaning);
    }

    static void judgeAws(JsonFields backend, Set<Family> families) {
        judgeTables(backend, "rtb-0123456789abcdef0");
    }

    /// @throws ConfigException also if pods have IPv6: Tencent's tables take no such route to a host
    static void judgeTencent(JsonFields backend, Set<Family> families) {
        judgeTables(backend, "rtb-azd4dt1c");
        judgeKey(backend);
        if (families.contains(Family.IPV6)) {
            throw new ConfigException(
                    backend.where() + ": the backend tencent-vpc is for IPv4 only. Use vxlan for IPv6.");
        }
    }

    static void judgeAli(JsonFields backend, Set<Family> families) {
        judgeTables(backend, "vtb-bp145q7glnuzdvzu2pr0v");
        judgeKey(backend);
    }

    private static void judgeTables(JsonFields backend, String example) {
        Pattern valid = Pattern.compile(example.substring(0, 4) + "[0-9A-Za-z]{1,60}");
        for (String table : ROUTE_TABLE_ID.of(backend)) {
            if (!valid.matcher(table).matches()) {
                throw new ConfigException(
                        backend.where(ROUTE_TABLE_ID.name()),
                        new Verbatim('"' + table + '"'),
                        "Give the ID of a route table, such as %s, or an array of them.".formatted(example));
            }
        }
    }

    private static void judgeKey(JsonFields backend) {
        if (ACCESS_KEY_ID.of(backend).isEmpty() != ACCESS_KEY_SECRET.of(backend).isEmpty()) {
            throw new ConfigException(
                    "%s: give both AccessKeyID and AccessKeySecret, or neither.".formatted(backend.where()));
        }
    }
}
