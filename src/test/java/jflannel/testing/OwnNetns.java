package jflannel.testing;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import jflannel.linux.Command;
import jflannel.linux.Libc;
import jflannel.linux.Netns;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/// Runs each test method on a thread of its own in an empty network namespace (with a private /run);
/// thread and namespace end together. Children that the test starts are in the namespace too.
///
/// There is no network to fetch anything from. A test that tried would still pass wherever an earlier run has filled a
/// cache, and fail on a new machine; so the programs that fetch are replaced by one that refuses, always.
public final class OwnNetns implements InvocationInterceptor, ExecutionCondition {
    /// Programs whose only use is to fetch something. (curl also talks to servers of the tests.)
    private static final List<String> FETCHING = List.of("apt", "apt-get", "mvn", "wget");

    private static final Path REFUSAL =
            Path.of("src/test/resources/jflannel/testing/refuse-to-fetch").toAbsolutePath();

    @Override
    public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
        return System.getProperty("user.name").equals("root")
                ? ConditionEvaluationResult.enabled("root")
                : ConditionEvaluationResult.disabled("needs root to make network namespaces");
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> test, ReflectiveInvocationContext<Method> invocation, ExtensionContext context)
            throws Throwable {
        inOwnNamespace(test);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> test, ReflectiveInvocationContext<Method> invocation, ExtensionContext context)
            throws Throwable {
        inOwnNamespace(test);
    }

    private static void inOwnNamespace(Invocation<Void> test) throws Throwable {
        CompletableFuture<Void> outcome = new CompletableFuture<>();
        Thread.ofPlatform().name("own-netns").start(() -> {
            try {
                Netns.enterNew();
                Libc.unshare(Libc.CLONE_NEWNS);
                Libc.mount("none", "/", "none", Libc.MS_REC | Libc.MS_PRIVATE);
                Libc.mount("tmpfs", "/run", "tmpfs", 0);
                Sh.sh("ip link set lo up");
                refuseToFetch();
                test.proceed();
                outcome.complete(null);
            } catch (Throwable e) {
                outcome.completeExceptionally(e);
            }
        });
        try {
            outcome.join();
        } catch (CompletionException e) {
            throw e.getCause();
        }
    }

    private static void refuseToFetch() throws IOException {
        for (Path program : fetching()) {
            Libc.mount(REFUSAL.toString(), program.toRealPath().toString(), "none", Libc.MS_BIND);
        }
    }

    /// The programs of this machine that fetch, among them each Maven that ./flannel has fetched.
    static List<Path> fetching() throws IOException {
        Stream<Path> installed = FETCHING.stream().flatMap(name -> Command.find(name).stream());
        String cache = Objects.requireNonNullElse(
                System.getenv("XDG_CACHE_HOME"), System.getProperty("user.home") + "/.cache");
        Path own = Path.of(cache, "jflannel");
        if (!Files.isDirectory(own)) {
            return installed.toList();
        }
        try (Stream<Path> fetched = Files.find(own, 3, (file, kind) -> file.endsWith("bin/mvn"))) {
            return Stream.concat(installed, fetched).toList();
        }
    }
}
