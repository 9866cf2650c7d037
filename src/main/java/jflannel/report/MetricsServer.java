package jflannel.report;

import com.sun.net.httpserver.Request;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import jflannel.ip.Ip;
import jflannel.metrics.Page;
import jflannel.metrics.Source;

/// Serves `/metrics` to Prometheus. Any thread may add to what it shows.
public final class MetricsServer implements AutoCloseable {
    private static final Logger LOG = System.getLogger(MetricsServer.class.getName());

    private final Map<Class<?>, Source> sources = new ConcurrentHashMap<>();
    /// Those of single networks, by name.
    private final Map<String, MetricsServer> networks = new ConcurrentHashMap<>();

    private final WebServer server;

    private MetricsServer(Ip ip, int port, boolean silent) {
        server = silent ? null : WebServer.start("metrics", "--metrics-ip, --metrics-port", ip, port, pages());
    }

    /// @param ip the address to listen on; null for all
    /// @param port the port; 0 for no server: [#show] may be called all the same
    /// @throws ExitException if the address or port cannot be had
    public static MetricsServer start(Ip ip, int port) {
        return new MetricsServer(ip, port, port == 0);
    }

    /// As [#start], but port 0 means one that the kernel chooses.
    static MetricsServer listening(Ip ip, int port) {
        return new MetricsServer(ip, port, false);
    }

    /// Shows a source from now on, replacing an earlier one of its class.
    public void show(Source source) {
        sources.put(source.getClass(), source);
    }

    /// For the sources of one of several networks, which this server shows with the network's name. Replaces an earlier
    /// one of that name.
    public MetricsServer network(String name) {
        MetricsServer one = new MetricsServer(null, 0, true);
        networks.put(name, one);
        return one;
    }

    private Map<String, Collection<Source>> all() {
        Map<String, Collection<Source>> all = new TreeMap<>();
        all.put("", sources.values());
        networks.forEach((name, one) -> all.put(name, one.sources.values()));
        return all;
    }

    /// The port that is listened on, or 0.
    int port() {
        return server == null ? 0 : server.port();
    }

    // the library that writes the page is loaded here, so only where there is a server
    private WebServer.Pages pages() {
        Page page = new Page(this::all);
        return request -> answer(request, page);
    }

    public static WebServer.Answer answer(Request request, Page page) throws IOException {
        if (!request.getRequestURI().getPath().equals("/metrics")) {
            return WebServer.Answer.text(404, "The page is /metrics\n");
        }
        try {
            Page.Text text = page.render(request.getRequestHeaders().getFirst("Accept"));
            return new WebServer.Answer(200, text.contentType(), text.body());
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "no metrics, by a defect of this program: {0}", String.valueOf(e));
            LOG.log(Level.DEBUG, "details of the defect", e);
            return WebServer.Answer.text(500, "see the log\n");
        }
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
        }
    }
}
