package jflannel.cni;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import jflannel.json.Json;
import jflannel.linux.Command;

/// Runs plugins as a container runtime does: `flannel` by its launcher, the others as Debian packages them.
final class CniRuntime {
    private static final Path LAUNCHER = Path.of("target/jflannel/cni/flannel").toAbsolutePath();
    private static final Path PLUGINS = Stream.of("/usr/lib/cni", "/opt/cni/bin")
            .map(Path::of)
            .filter(directory -> Files.isExecutable(directory.resolve("bridge")))
            .findFirst()
            .orElseThrow(() -> new AssertionError("needs the package containernetworking-plugins"));

    private final String path;

    CniRuntime() {
        this(PLUGINS);
    }

    /// @param plugins where flannel finds its delegates
    CniRuntime(Path plugins) {
        this.path = plugins.toString();
    }

    /// @param pod name of the pod's network namespace and its container id
    Command.Result run(String command, String plugin, String pod, String ifName, String conf) throws IOException {
        List<String> words = new ArrayList<>(List.of(
                "env",
                "JAVA_HOME=" + System.getProperty("java.home"),
                // the cache of an older build would hide what is tested: Java 25 does not notice that it is older
                "JFLANNEL_JAVA_OPTS=-XX:AOTMode=off",
                "CNI_COMMAND=" + command,
                "CNI_CONTAINERID=" + pod,
                "CNI_IFNAME=" + ifName,
                "CNI_NETNS=" + (pod.isEmpty() ? "" : "/run/netns/" + pod),
                "CNI_PATH=" + path,
                plugin.equals("flannel") ? LAUNCHER.toString() : path + "/" + plugin));
        return Command.attempt(conf, words.toArray(String[]::new));
    }

    /// The answer of a plugin that was to succeed.
    String succeeds(String command, String plugin, String pod, String conf) throws IOException {
        Command.Result result = run(command, plugin, pod, "eth0", conf);
        assertThat(result.exitCode())
                .as(command + " " + pod + ": " + result.output() + result.errors())
                .isZero();
        return result.output();
    }

    /// The error of flannel when it was to fail.
    Map<String, Object> fails(String command, String pod, String conf) throws IOException {
        Command.Result result = run(command, "flannel", pod, "eth0", conf);
        assertThat(result.exitCode()).as(result.output()).isNotZero();
        return Json.object(result.output());
    }

    String add(String pod, String conf) throws IOException {
        return succeeds("ADD", "flannel", pod, conf);
    }

    void delete(String pod, String conf) throws IOException {
        assertThat(succeeds("DEL", "flannel", pod, conf)).isEmpty();
    }
}
