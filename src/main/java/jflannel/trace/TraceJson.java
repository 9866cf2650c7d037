package jflannel.trace;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import jflannel.json.Json;

/// A trace as JSON, for other programs and for the status page. docs/trace.md describes it; fields are added, but
/// none is changed or removed while `version` stays.
public final class TraceJson {
    private static final int VERSION = 1;

    private TraceJson() {}

    /// The document as plain maps and lists, for [Json].
    public static Map<String, Object> of(Trace trace) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("version", number(VERSION));
        json.put("source", String.valueOf(trace.question().source()));
        json.put("destination", String.valueOf(trace.question().destination()));
        json.put("protocol", trace.question().protocolWord());
        json.put("port", number(trace.question().port()));
        json.put("verdict", trace.verdict().word());
        json.put("summary", trace.summary());
        json.put("broken", trace.broken().isPresent() ? number(trace.broken().getAsInt()) : null);
        List<Object> hops = new ArrayList<>();
        for (int i = 0; i < trace.hops().size(); i++) {
            int index = i;
            hops.add(of(trace.hops().get(i), trace.live().flatMap(live -> live.at(index))));
        }
        json.put("hops", hops);
        json.put("notes", trace.notes());
        json.put("live", trace.live().map(TraceJson::of).orElse(null));
        return json;
    }

    private static Map<String, Object> of(Live live) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("sent", live.sent());
        json.put("obstacle", live.obstacle());
        json.put("answer", live.answer().word());
        json.put("error", live.error());
        return json;
    }

    private static Map<String, Object> of(Sighting sighting) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("request", number(sighting.request()));
        json.put("reply", number(sighting.reply()));
        json.put("certain", sighting.certain());
        return json;
    }

    private static Json.Number number(OptionalLong micros) {
        return micros.isPresent() ? new Json.Number(Long.toString(micros.getAsLong())) : null;
    }

    private static Map<String, Object> of(Hop hop, Optional<Sighting> sighting) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("step", hop.step().word());
        json.put("node", hop.node());
        json.put("predicted", hop.predicted());
        json.put("by", hop.daemon() ? "daemon" : "kernel");
        json.put("device", hop.device());
        json.put("packet", hop.packet());
        json.put("what", hop.what());
        json.put("evidence", hop.evidence());
        json.put("verdict", hop.verdict().word());
        json.put("reason", hop.reason());
        json.put("remedy", hop.remedy());
        json.put("seen", sighting.map(TraceJson::of).orElse(null));
        return json;
    }

    private static Json.Number number(int value) {
        return new Json.Number(Integer.toString(value));
    }
}
