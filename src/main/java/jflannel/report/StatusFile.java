package jflannel.report;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jflannel.json.Json;
import jflannel.linux.AtomicFile;
import jflannel.status.Board;
import jflannel.status.Facts;
import jflannel.status.Finding;
import jflannel.status.NodeStatus;
import jflannel.status.PacketCarriers;
import jflannel.work.Keeper;
import jflannel.work.LastMessage;

/// `status.json` beside subnet.env: the node's status, for programs and for anyone who waits for subnet.env. The CNI
/// plugin quotes it when a pod cannot start.
///
/// ```json
/// {"state":"waiting-for-lease","since":"2026-01-31T12:00:00Z","cause":"lease: etcd does not answer",
///  "conditions":[{"code":"no-lease","severity":"no-network","detail":"etcd does not answer",
///                 "remedy":"…","since":"2026-01-31T12:00:00Z"}],
///  "node":{"lease":"","backend":"","underlay":"","mtu":0,"peers":0,"failed":0,"held":0}}
/// ```
///
/// Everyone may read it. A thread of its own writes it, because a disk may hang. A status that cannot be written is
/// no reason to fail: that is logged once.
public final class StatusFile implements Board.Listener, AutoCloseable {
    private static final Logger LOG = System.getLogger(StatusFile.class.getName());
    private static final int MOST_REASONS = 100;
    private static final Duration AT_REST = Duration.ofDays(1);
    private static final Duration LAST_WORD = Duration.ofSeconds(1);

    private final Path path;
    private final InstantSource clock;
    private final Keeper<String> keeper;
    private String state = "";
    private Instant since;
    private final LastMessage fault = new LastMessage();

    /// @param path of the file
    /// @param board reports a failing writer
    public StatusFile(Path path, Board board) {
        this(path, board, InstantSource.system());
    }

    StatusFile(Path path, Board board, InstantSource clock) {
        this.path = path.toAbsolutePath();
        this.clock = clock;
        this.since = clock.instant();
        this.keeper = new Keeper<>("status-file", board, this::write);
    }

    @Override
    public void changed(NodeStatus now) {
        if (!now.state().equals(state)) {
            state = now.state();
            since = clock.instant();
        }
        keeper.keep(text(now));
    }

    private Duration write(String text) {
        try {
            AtomicFile.replace(path, text, AtomicFile.PUBLIC);
            fault.clear();
        } catch (IOException e) {
            if (fault.changesTo(e.toString())) {
                LOG.log(Level.WARNING, path + " cannot be written, so the CNI plugin cannot say what is missing: " + e);
            }
        }
        return AT_REST;
    }

    private String text(NodeStatus now) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("state", state);
        fields.put("since", seconds(since));
        fields.put("cause", LogText.harmless(now.cause()));
        List<Map<String, Object>> conditions =
                now.findings().stream().map(StatusFile::fields).toList();
        fields.put("conditions", conditions);
        fields.put("node", fields(now.facts()));
        return Json.compact(fields) + "\n";
    }

    private static Map<String, Object> fields(Finding finding) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("code", finding.condition().code());
        fields.put("severity", finding.condition().severity().word());
        if (!finding.subject().isEmpty()) {
            fields.put("subject", LogText.harmless(finding.subject()));
        }
        fields.put("detail", LogText.harmless(finding.detail()));
        fields.put("remedy", finding.condition().remedy());
        fields.put("since", seconds(finding.since()));
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
                .forEach(each -> why.put(each.getKey(), LogText.harmless(each.getValue())));
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("kernel", number(carriers.byKernel()));
        fields.put("daemon", number(carriers.byDaemon().size()));
        fields.put("why", why);
        return fields;
    }

    private static Json.Number number(int value) {
        return new Json.Number(Integer.toString(value));
    }

    private static String seconds(Instant instant) {
        return instant.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    /// Writes the last word, but waits no longer than a second for the disk.
    @Override
    public void close() {
        try {
            keeper.settle(LAST_WORD);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        keeper.close();
    }
}
