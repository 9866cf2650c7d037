package jflannel.report;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.json.Json;
import jflannel.status.Board;
import jflannel.status.CloudRouteState;
import jflannel.status.Facts;
import jflannel.status.Finding;
import jflannel.status.FirewallRules;
import jflannel.status.LastRepair;
import jflannel.status.NodeStatus;
import jflannel.status.PacketCarriers;
import jflannel.work.Printable;

/// A node's status as JSON, in the file and on the status page. Text from others is made harmless.
public final class StatusJson implements Board.Listener {
    private static final int MOST_REASONS = 100;

    private final InstantSource clock;
    private String state = "";
    private Instant since;

    public StatusJson(InstantSource clock) {
        this.clock = clock;
        this.since = clock.instant();
    }

    /// Notes when the node comes to another state.
    @Override
    public synchronized void changed(NodeStatus now) {
        if (!now.state().equals(state)) {
            state = now.state();
            since = clock.instant();
        }
    }

    public synchronized Map<String, Object> of(NodeStatus now) {
        changed(now);
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("state", state);
        fields.put("since", seconds(since));
        fields.put("cause", Printable.line(now.cause()));
        List<Map<String, Object>> conditions =
                now.findings().stream().map(StatusJson::fields).toList();
        fields.put("conditions", conditions);
        fields.put("node", node(now));
        return fields;
    }

    private static Map<String, Object> fields(Finding finding) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("code", finding.condition().code());
        fields.put("severity", finding.condition().severity().word());
        if (!finding.subject().isEmpty()) {
            fields.put("subject", Printable.line(finding.subject()));
        }
        fields.put("detail", Printable.line(finding.detail()));
        fields.put("remedy", finding.condition().remedy());
        fields.put("since", seconds(finding.since()));
        return fields;
    }

    private static Map<String, Object> node(NodeStatus now) {
        Map<String, Object> fields = fields(now.facts());
        now.firewall().ifPresent(rules -> fields.put("firewall", fields(rules)));
        now.cloudRoute().ifPresent(route -> fields.put("cloudRoute", fields(route)));
        now.lastRepair().ifPresent(repair -> fields.put("lastRepair", fields(repair)));
        return fields;
    }

    private static Map<String, Object> fields(FirewallRules rules) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("tool", rules.tool());
        fields.put("places", rules.places());
        return fields;
    }

    private static Map<String, Object> fields(CloudRouteState route) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("node", Printable.line(route.node()));
        fields.put("tables", route.tables().stream().map(Printable::line).toList());
        fields.put("inPlace", route.inPlace());
        fields.put("checked", seconds(route.checked()));
        return fields;
    }

    private static Map<String, Object> fields(LastRepair repair) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("at", seconds(repair.at()));
        fields.put("what", Printable.line(repair.what()));
        return fields;
    }

    private static Map<String, Object> fields(Facts facts) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("lease", facts.lease());
        fields.put("backend", facts.backend());
        fields.put("underlay", facts.underlay());
        fields.put("mtu", number(facts.mtu()));
        fields.put("peers", number(facts.peers()));
        fields.put("failed", number(facts.failed()));
        fields.put("held", number(facts.held()));
        if (!facts.carriers().equals(PacketCarriers.NONE)) {
            fields.put("packets", fields(facts.carriers()));
        }
        return fields;
    }

    private static Map<String, Object> fields(PacketCarriers carriers) {
        Map<String, Object> why = new TreeMap<>();
        carriers.byDaemon().entrySet().stream()
                .limit(MOST_REASONS)
                .forEach(each -> why.put(each.getKey(), Printable.line(each.getValue())));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("kernel", number(carriers.byKernel()));
        fields.put("daemon", number(carriers.byDaemon().size()));
        fields.put("why", why);
        return fields;
    }

    /// A whole number as a value of [Json].
    public static Json.Number number(long value) {
        return new Json.Number(Long.toString(value));
    }

    private static String seconds(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
