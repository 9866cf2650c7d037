package jflannel.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import jflannel.linux.Command;

/// Sets up a pod's network as a container runtime does: calls the CNI plugin `flannel`, which reads what flanneld
/// wrote and delegates to the standard plugins `bridge` and `host-local`.
final class ContainerRuntime {
    private static final List<String> PLUGIN_FOLDERS = List.of("/opt/cni/bin", "/usr/lib/cni");

    /// The files are on the node's own /run, so that nodes do not share addresses, and root is not needed.
    private static final String CONFIGURATION = """
            {"cniVersion":"1.0.0","name":"cbr0","type":"flannel","dataDir":"/run/cni/flannel",\
            "ipam":{"dataDir":"/run/cni/networks"},\
            "delegate":{"hairpinMode":true,"isDefaultGateway":true},\
            "runtimeConfig":{"ips":[%s]}}""";

    /// The node's end of the pair, among the interfaces of the result of ADD: the one that is in no sandbox and is
    /// not the bridge.
    private static final Pattern DEVICE = Pattern.compile("\"name\":\\s*\"(veth\\w+)\"");

    private ContainerRuntime() {}

    /// Gives a pod its eth0.
    ///
    /// @param addresses of the pod, with the subnet's prefix length: `100.96.1.2/24`
    /// @return the name of the device on the node that is the other end of eth0
    /// @throws IOException with the plugin's own message if it fails
    static String attach(LabHost node, LabHost pod, List<String> addresses) throws IOException {
        String ips = addresses.stream().map(address -> '"' + address + '"').collect(Collectors.joining(","));
        String[] words = {
            "env",
            "CNI_COMMAND=ADD",
            "CNI_CONTAINERID=" + pod.name(),
            "CNI_NETNS=/proc/" + pod.threadId() + "/ns/net",
            "CNI_IFNAME=eth0",
            "CNI_PATH=" + standardPlugins(),
            Distribution.cniPlugin().toString()
        };
        Command.Result result = node.attemptWithInput(CONFIGURATION.formatted(ips), words);
        Matcher device = DEVICE.matcher(result.output());
        if (result.exitCode() != 0 || !device.find()) {
            throw new IOException("the CNI plugin on %s did not attach %s: %s"
                    .formatted(node.name(), pod.name(), (result.output() + result.errors()).strip()));
        }
        return device.group(1);
    }

    private static Path standardPlugins() throws IOException {
        return PLUGIN_FOLDERS.stream()
                .map(Path::of)
                .filter(folder -> Files.isExecutable(folder.resolve("bridge")))
                .findFirst()
                .orElseThrow(() -> new IOException("pods need the CNI plugin `bridge`, which is in none of "
                        + String.join(", ", PLUGIN_FOLDERS) + ": install the package containernetworking-plugins"));
    }
}
