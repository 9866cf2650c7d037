package jflannel.testing;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import jflannel.linux.Command;
import jflannel.linux.Libc;
import jflannel.linux.Netns;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/// Runs each test method, with what comes before and after each, on a thread of its own in an empty network namespace
/// (with a private /run); thread and namespace end together. Children that the test starts are in the namespace too.
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
    public void interceptBeforeEachMethod(
            Invocation<Void> before, ReflectiveInvocationContext<Method> invocation, ExtensionContext context)
            throws Throwable {
        inOwnNamespace(before, context);
    }

    @Override
    public void interceptTestMethod(
            Invocation<Void> test, ReflectiveInvocationContext<Method> invocation, ExtensionContext context)
            throws Throwable {
        inOwnNamespace(test, context);
    }

    @Override
    public void interceptTestTemplateMethod(
            Invocation<Void> test, ReflectiveInvocationContext<Method> invocation, ExtensionContext context)
            throws Throwable {
        inOwnNamespace(test, context);
    }

    @Override
    public void interceptAfterEachMethod(
            Invocation<Void> after, ReflectiveInvocationContext<Method> invocation, ExtensionContext context)
            throws Throwable {
        inOwnNamespace(after, context);
    }

    private static void inOwnNamespace(Invocation<Void> part, ExtensionContext context) throws Throwable {
        context.getStore(ExtensionContext.Namespace.create(OwnNetns.class, context.getUniqueId()))
                .computeIfAbsent(Host.class, _ -> new Host(), Host.class)
                .run(part);
    }

    /// The thread of a test, in its namespace.
    private static final class Host implements AutoCloseable {
        private final ExecutorService thread = Executors.newSingleThreadExecutor(
                Thread.ofPlatform().name("own-netns").factory());
        private boolean entered;

        void run(Invocation<Void> part) throws Throwable {
            try {
                thread.submit(() -> {
                            enter();
                            try {
                                return part.proceed();
                            } catch (Exception | Error e) {
                                throw e;
                            } catch (Throwable e) {
                                throw new ExecutionException(e);
                            }
                        })
                        .get();
            } catch (ExecutionException e) {
                throw e.getCause() instanceof ExecutionException wrapped ? wrapped.getCause() : e.getCause();
            }
        }

        private void enter() throws Exception {
            if (!entered) {
                entered = true;
                Netns.enterNew();
                Libc.unshare(Libc.CLONE_NEWNS);
                Libc.mount("none", "/", "none", Libc.MS_REC | Libc.MS_PRIVATE);
                Libc.mount("tmpfs", "/run", "tmpfs", 0);
                Sh.sh("ip link set lo up");
                refuseToFetch();
            }
        }

        /// The namespace ends with its last thread and process.
        @Override
        public void close() {
            thread.shutdown();
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
