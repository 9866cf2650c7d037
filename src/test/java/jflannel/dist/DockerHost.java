package jflannel.dist;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import jflannel.lab.LabHost;
import jflannel.lab.LabNode;
import jflannel.lab.LabProcess;
import jflannel.testing.Sh;

/// A real dockerd on a node of the lab, started with the options that mk-docker-opts.sh makes of subnet.env, and let in
/// what other hosts send where Docker keeps it out: from 28 on.
final class DockerHost implements AutoCloseable {
    private static final Path OPTIONS =
            Path.of("target/jflannel/bin/mk-docker-opts.sh").toAbsolutePath();

    /// The image has busybox alone, and a web page that tells who asks for it.
    private static final String MAKE_IMAGE = """
            mkdir -p /run/image/bin /run/image/www/cgi-bin
            cp "$(command -v busybox)" /run/image/bin/busybox
            for name in sh ip ping nc httpd; do ln -s busybox /run/image/bin/$name; done
            printf '#!/bin/sh\\nprintf "Content-Type: text/plain\\\\n\\\\n$REMOTE_ADDR"\\n' >/run/image/www/cgi-bin/caller
            chmod +x /run/image/www/cgi-bin/caller
            """;

    private final LabHost host;
    private final String controlGroup;
    private final LabProcess dockerd;

    /// A daemon whose default network has the node's subnet.
    ///
    /// @param node whose flanneld is ready
    static DockerHost ofSubnet(LabNode node) throws IOException {
        LabHost host = node.host();
        boolean closed = host.sh("dockerd --help").contains("--allow-direct-routing");
        host.sh(OPTIONS + (closed ? " -r" : "") + " -f /run/flannel/subnet.env -d /run/docker_opts.env");
        DockerHost docker = new DockerHost(host);
        if (closed) {
            // as docs/docker.md says
            host.sh(". /run/flannel/subnet.env; iptables -I DOCKER-USER -s $FLANNEL_NETWORK -o docker0 -j ACCEPT");
        }
        return docker;
    }

    /// A daemon whose default network has nothing to do with flannel.
    static DockerHost apart(LabNode node) throws IOException {
        node.host().sh("echo 'DOCKER_OPTS=--bip=172.31.0.1/24' >/run/docker_opts.env");
        return new DockerHost(node.host());
    }

    private DockerHost(LabHost host) throws IOException {
        this.host = host;
        Path script = host.run().resolve("docker-host");
        try (var text = DockerHost.class.getResourceAsStream("docker-host")) {
            Files.copy(text, script, StandardCopyOption.REPLACE_EXISTING);
        }
        controlGroup = "jflannel-%d-%s".formatted(ProcessHandle.current().pid(), host.name());
        dockerd = host.start("dockerd.log", "sh", "/run/docker-host", "/" + controlGroup);
        await("dockerd on " + host.name()).atMost(Duration.ofSeconds(30)).until(() -> {
            if (!dockerd.isAlive()) {
                throw new IOException("dockerd ended: " + dockerd.output());
            }
            return host.attempt("docker", "--host=unix:///run/docker.sock", "version")
                            .exitCode()
                    == 0;
        });
        host.sh(MAKE_IMAGE);
        docker("tar -C /run/image -c . | %s import - page >/run/image.id");
    }

    /// What mk-docker-opts.sh wrote.
    String options() throws IOException {
        return Files.readString(host.run().resolve("docker_opts.env"));
    }

    /// Starts a container that serves the page.
    ///
    /// @param options of `docker run`
    void run(String name, String... options) throws IOException {
        docker("%s run --detach --name=" + name + " " + String.join(" ", options)
                + " page httpd -f -p 0.0.0.0:80 -h /www");
    }

    /// The output of a command in a container.
    String exec(String container, String command) throws IOException {
        return docker("%s exec " + container + " " + command);
    }

    String address(String container) throws IOException {
        return docker("%s inspect --format='{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}' " + container);
    }

    /// @param command with %s for the client
    String docker(String command) throws IOException {
        return host.sh(command.formatted("docker --host=unix:///run/docker.sock"));
    }

    /// By which address a server, on port 80, sees a container of this host. (The wget of a static busybox crashes
    /// without the files of the C library.)
    String caller(String container, String server) throws IOException {
        String answer = docker("printf 'GET /cgi-bin/caller HTTP/1.0\\r\\n\\r\\n' | %s exec --interactive " + container
                + " nc -w 10 " + server + " 80");
        return answer.substring(answer.lastIndexOf('\n') + 1);
    }

    /// The page that tells who asks, served by this host itself rather than by a container.
    static void serve(LabHost host) throws IOException {
        host.sh(MAKE_IMAGE);
        host.start("httpd.log", "busybox", "httpd", "-f", "-p", "0.0.0.0:80", "-h", "/run/image/www");
    }

    @Override
    public void close() throws IOException {
        docker("%1$s ps --all --quiet | xargs -r %1$s rm --force"); // also removes their control groups
        host.sh("kill $(cat /proc/%1$d/task/%1$d/children)".formatted(dockerd.pid()));
        dockerd.await(30);
        Sh.sh("find /sys/fs/cgroup -depth -type d -name '%s' -exec rmdir {} +".formatted(controlGroup));
    }
}
