package jflannel.lease;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import jflannel.ip.Family;
import jflannel.lease.ConfigException.Verbatim;

/// The options of the backends that put routes into a cloud's own tables.
public final class CloudKeys {
    private static final Pattern AWS_TABLE = Pattern.compile("rtb-[0-9A-Za-z]{1,60}");

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

    public static final BackendOption<Integer> ROUTE_QUOTA = BackendOption.number(
            "RouteQuota", 500, 1, 10000, "how many routes a table may hold, to warn in time; AWS grants up to 1000");

    static final List<BackendOption<?>> AWS = List.of(ROUTE_TABLE_ID, ROUTE_QUOTA, DELETE_STALE, RECONCILE_PERIOD);

    static final List<BackendOption<?>> GCE = List.of(DELETE_STALE, RECONCILE_PERIOD);

    private CloudKeys() {}

    static void judgeAws(JsonFields backend, Set<Family> families) {
        for (String table : ROUTE_TABLE_ID.of(backend)) {
            if (!AWS_TABLE.matcher(table).matches()) {
                throw new ConfigException(
                        backend.where(ROUTE_TABLE_ID.name()),
                        new Verbatim('"' + table + '"'),
                        "Give the ID of a route table, such as rtb-0123456789abcdef0, or an array of them.");
            }
        }
    }
}
