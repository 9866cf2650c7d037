package jflannel.cni;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jflannel.cni.SavedConfs.Attachment;
import jflannel.json.Json;
import jflannel.json.JsonException;

/// The CNI plugin `flannel`: the commands of the [CNI specification](https://www.cni.dev/docs/spec/), version 1.1.
///
///     ADD     subnet.env and the network configuration -> DelegateConf -> saved -> delegate
///     DEL     saved -> delegate -> forgotten
///     CHECK   saved and the result of ADD -> delegate
///     STATUS  subnet.env -> delegate
///     GC      see GarbageCollection
public final class FlannelPlugin {
    /// How long ADD waits for subnet.env. Runtimes try again, and their patience with one call is longer.
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Map<String, String> environment;
    private final Duration patience;

    FlannelPlugin(Map<String, String> environment, Duration patience) {
        this.environment = environment;
        this.patience = patience;
    }

    /// Exit codes: 0, or that of the delegate, or 1.
    public static void main(String[] args) throws IOException {
        Map<String, String> environment = System.getenv();
        if (environment.getOrDefault("CNI_COMMAND", "").isEmpty()) {
            System.err.println("CNI plugin flannel of jflannel " + version() + "\nCNI protocol versions supported: "
                    + String.join(", ", CniVersion.SUPPORTED));
            return;
        }
        Answer answer = new FlannelPlugin(environment, PATIENCE).answer(System.in);
        System.out.write(answer.output());
        System.out.flush();
        System.err.flush();
        Runtime.getRuntime().halt(answer.exitCode()); // nothing is left to end in good order
    }

    private static String version() {
        return Optional.ofNullable(FlannelPlugin.class.getPackage().getImplementationVersion())
                .orElse("(not packaged)");
    }

    /// Does what the environment asks for. Never throws: an error is an answer.
    Answer answer(InputStream stdin) {
        String version = CniVersion.NEWEST;
        try {
            Request request = Request.of(environment);
            if (request.command().equals("VERSION")) {
                return Answer.of(0, CniVersion.json());
            }
            NetConf conf = NetConf.parse(new String(stdin.readAllBytes(), UTF_8));
            version = CniVersion.forAnswer(conf.cniVersion());
            request.checkNames();
            CniVersion.check(conf.cniVersion());
            return answer(request, conf);
        } catch (CniException e) {
            return Answer.of(1, e.json(version));
        } catch (JsonException e) {
            return Answer.of(1, new CniException(CniException.DECODING, e.getMessage()).json(version));
        } catch (IOException e) {
            return Answer.of(1, new CniException(CniException.IO_FAILURE, e.toString()).json(version));
        } catch (RuntimeException | StackOverflowError e) {
            return Answer.of(1, new CniException(CniException.INTERNAL, e.toString()).json(version));
        }
    }

    private Answer answer(Request request, NetConf conf) throws IOException {
        return switch (request.command()) {
            case "ADD" -> add(request, conf);
            case "DEL" -> delete(request, conf);
            case "CHECK" -> {
                CniVersion.checkAllows("CHECK", conf.cniVersion(), "0.4.0");
                yield check(request, conf);
            }
            case "STATUS" -> {
                CniVersion.checkAllows("STATUS", conf.cniVersion(), "1.1.0");
                yield status(request, conf);
            }
            case "GC" -> {
                CniVersion.checkAllows("GC", conf.cniVersion(), "1.1.0");
                yield new GarbageCollection(request, conf, environment).run();
            }
            default -> throw new AssertionError(request.command());
        };
    }

    private Answer add(Request request, NetConf conf) throws IOException {
        checkNamespace(request);
        SubnetEnvironment subnet = Readiness.await(conf.subnetFile(), patience, CniException.TRY_AGAIN);
        Map<String, Object> delegateConf = DelegateConf.of(conf, subnet);
        Bridge.allowNewAddress(delegateConf);
        Delegate delegate = Delegate.find((String) delegateConf.get("type"), request.path(), environment);
        SavedConfs saved = new SavedConfs(conf.dataDir());
        Answer answer = delegate.run(saved.save(attachment(request), Json.compact(delegateConf)));
        if (answer.refusesVersion()) {
            saved.remove(attachment(request)); // there is nothing to undo
        }
        PodNote note = PodNote.of(conf.subnetFile(), request);
        if (answer.succeeded() && note.isWanted()) {
            awaitPolicies(note, answer);
        }
        return answer;
    }

    /// The runtime undoes an ADD that failed, and tries again.
    private void awaitPolicies(PodNote note, Answer answer) throws IOException {
        if (!note.write(answer.text(), environment.getOrDefault("CNI_ARGS", ""), patience)) {
            throw new CniException(
                    CniException.TRY_AGAIN,
                    "network policies are enforced here, and flanneld did not say in time that its rules for this pod are in place",
                    "is flanneld running on this node, and can it reach the Kubernetes API?");
        }
    }

    /// The delegate would give the node's own interfaces away, or rename them.
    private static void checkNamespace(Request request) throws IOException {
        Path netns = Path.of(request.netns());
        if (!request.anyNetns() && Files.exists(netns) && Files.isSameFile(netns, Path.of("/proc/self/ns/net"))) {
            throw new CniException(
                    CniException.NAMESPACE,
                    "plugin's netns and netns from CNI_NETNS should not be the same",
                    request.netns());
        }
    }

    /// Succeeds if there is nothing to do, so that it may be repeated. If the delegate fails, the configuration stays
    /// for the next attempt.
    private Answer delete(Request request, NetConf conf) throws IOException {
        SavedConfs saved = new SavedConfs(conf.dataDir());
        Attachment attachment = attachment(request);
        PodNote.of(conf.subnetFile(), request).remove();
        Optional<String> text = saved.find(attachment);
        if (text.isEmpty()) {
            return Answer.DONE;
        }
        Optional<String> type = delegateType(text.get());
        if (type.isEmpty()) {
            System.err.println("failed to parse netconf: " + conf.dataDir().resolve(request.containerId())
                    + " is not the configuration of a plugin; it is removed, and what ADD made may stay until the node"
                    + " is rebooted");
            saved.remove(attachment);
            return Answer.DONE;
        }
        Answer answer = Delegate.find(type.get(), request.path(), environment).undo(text.get());
        if (answer.succeeded()) {
            saved.remove(attachment);
        }
        return answer;
    }

    private Answer check(Request request, NetConf conf) throws IOException {
        Optional<String> text = new SavedConfs(conf.dataDir()).find(attachment(request));
        if (text.isEmpty() || delegateType(text.get()).isEmpty()) {
            throw new CniException(
                    CniException.UNKNOWN_CONTAINER,
                    "container " + request.containerId() + " has no interface " + request.ifName() + " of network "
                            + conf.name(),
                    "there is no usable " + conf.dataDir().resolve(request.containerId()));
        }
        Map<String, Object> delegateConf = new TreeMap<>(Json.object(text.get()));
        if (conf.runtimeConfig() != null) {
            delegateConf.put("runtimeConfig", conf.runtimeConfig());
        }
        if (conf.all().get("prevResult") instanceof Map<?, ?> result) {
            delegateConf.put("prevResult", Gateways.named(result));
        }
        return Delegate.find((String) delegateConf.get("type"), request.path(), environment)
                .run(Json.compact(delegateConf));
    }

    private Answer status(Request request, NetConf conf) throws IOException {
        SubnetEnvironment subnet;
        try {
            subnet = Readiness.await(conf.subnetFile(), Duration.ZERO, CniException.NOT_AVAILABLE);
        } catch (CniException e) {
            throw new CniException(CniException.NOT_AVAILABLE, e.getMessage());
        }
        Map<String, Object> delegateConf = DelegateConf.of(conf, subnet);
        Delegate delegate = Delegate.find((String) delegateConf.get("type"), request.path(), environment);
        if (!delegate.speaks(conf.cniVersion())) {
            throw new CniException(
                    CniException.NOT_AVAILABLE,
                    "the delegate " + delegate.program() + " does not speak version " + conf.cniVersion() + " of CNI",
                    "install newer plugins, or give an older cniVersion");
        }
        return delegate.run(Json.compact(delegateConf));
    }

    private static Attachment attachment(Request request) {
        return new Attachment(request.containerId(), request.ifName());
    }

    /// The delegate's program, if the text is a configuration.
    static Optional<String> delegateType(String text) {
        try {
            return Json.object(text).get("type") instanceof String type && !type.isEmpty()
                    ? Optional.of(type)
                    : Optional.empty();
        } catch (JsonException e) {
            return Optional.empty();
        }
    }
}
