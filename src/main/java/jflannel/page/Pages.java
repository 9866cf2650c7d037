package jflannel.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.Request;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import jflannel.json.Json;
import jflannel.report.WebServer;
import jflannel.work.Printable;

/// The answers to requests: the files of the page, and the stream of what it shows.
final class Pages implements WebServer.Pages {
    private static final int NOT_MODIFIED = 304;

    private final Map<String, Asset> assets = Asset.all();
    private final Feed feed;
    private final Events events;
    private final Semaphore mayFollow = new Semaphore(1);

    Pages(Feed feed, Events events) {
        this.feed = feed;
        this.events = events;
    }

    @Override
    public WebServer.Reply answer(Request request) {
        String objection = Visit.objection(request.getRequestHeaders());
        if (!objection.isEmpty()) {
            return text(403, objection);
        }
        String path = request.getRequestURI().getPath();
        if (path.equals("/events")) {
            if (feed.isFull()) {
                return text(503, "Too many watch already");
            }
            return new WebServer.Stream("text/event-stream", this::stream, headers("no-store"));
        }
        if (path.equals("/way")) {
            return way(request.getRequestURI().getRawQuery());
        }
        return Optional.ofNullable(assets.get(path))
                .map(asset -> answer(asset, request.getRequestHeaders()))
                .orElseGet(() -> text(404, "404 page not found"));
    }

    /// Follows one packet at a time: the tools that list firewall rules may be slow.
    private WebServer.Answer way(String query) {
        Optional<NodeSource> node = feed.source();
        if (node.isEmpty()) {
            return text(503, "This node has no network yet.");
        }
        if (!mayFollow.tryAcquire()) {
            return text(503, "Another packet is being followed. Try again in a moment.");
        }
        try {
            String json = Json.compact(node.get().way(WayQuery.parse(query)));
            return new WebServer.Answer(200, "application/json", json.getBytes(UTF_8), headers("no-store"));
        } catch (IllegalArgumentException e) {
            return text(400, e.getMessage());
        } catch (IOException e) {
            return text(500, Printable.line(e.getMessage()));
        } finally {
            mayFollow.release();
        }
    }

    private static WebServer.Answer answer(Asset asset, Headers wanted) {
        Map<String, String> headers = headers("no-cache"); // may be kept, if asked for each time
        headers.put("ETag", asset.tag());
        headers.put("Vary", "Accept-Encoding");
        if (asset.tag().equals(wanted.getFirst("If-None-Match"))) {
            return new WebServer.Answer(NOT_MODIFIED, asset.contentType(), new byte[0], headers);
        }
        String encodings = wanted.getFirst("Accept-Encoding");
        boolean packed = encodings != null && encodings.contains("gzip");
        if (packed) {
            headers.put("Content-Encoding", "gzip");
        }
        return new WebServer.Answer(200, asset.contentType(), packed ? asset.packed() : asset.plain(), headers);
    }

    private static WebServer.Answer text(int status, String text) {
        WebServer.Answer answer = WebServer.Answer.text(status, text);
        return new WebServer.Answer(status, answer.contentType(), answer.body(), headers("no-store"));
    }

    private static Map<String, String> headers(String caching) {
        Map<String, String> headers = new HashMap<>(Visit.HEADERS);
        headers.put("Cache-Control", caching);
        return headers;
    }

    /// One client's stream, until it goes or the daemon ends.
    private void stream(WebServer.Messages client) throws IOException, InterruptedException {
        if (!feed.join()) {
            return;
        }
        try {
            Snapshot sent = null;
            Optional<Snapshot> next = feed.after(null);
            while (next.isPresent()) {
                client.send(events.between(sent, next.get()));
                sent = next.get();
                next = feed.after(sent);
            }
        } finally {
            feed.leave();
        }
    }
}
