package jflannel.page;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import jflannel.kernel.DeviceCounts;
import jflannel.options.ExitException;
import jflannel.options.ServerAddress;
import jflannel.report.WebServer;
import jflannel.status.Board;

/// Serves the status page and what it shows, read-only. See docs/status-page.md.
public final class StatusPage implements AutoCloseable {
    private static final Path HOST_NAME = Path.of("/proc/sys/kernel/hostname");

    private final Feed feed;
    private final WebServer server;

    private StatusPage(Feed feed, Events events, ServerAddress at, int port) {
        this.feed = feed;
        this.server = WebServer.start("status-page", "--status-page", at.ip(), port, new Pages(feed, events));
    }

    /// @param at where to listen
    /// @param version of this program
    /// @throws ExitException if the address or port cannot be had
    public static StatusPage start(Board board, ServerAddress at, String version) {
        Feed feed = new Feed(board, InstantSource.system(), DeviceCounts::of);
        return new StatusPage(feed, new Events(version, hostName()), at, at.port());
    }

    /// As [#start], but at a port that the kernel chooses.
    static StatusPage listening(Feed feed, Events events, ServerAddress at) {
        return new StatusPage(feed, events, at, 0);
    }

    private static String hostName() {
        try {
            return Files.readString(HOST_NAME).strip();
        } catch (IOException e) {
            return "";
        }
    }

    /// Shows this node from now on.
    public void show(NodeSource node) {
        feed.show(node);
    }

    /// The port that is listened on.
    int port() {
        return server.port();
    }

    /// Stops answering.
    @Override
    public void close() {
        feed.close(); // or else the server would wait for the streams
        server.close();
    }
}
