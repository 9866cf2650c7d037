package jflannel.testing;

import java.lang.reflect.Method;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import jflannel.linux.Libc;
import jflannel.linux.Netns;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.InvocationInterceptor;
import org.junit.jupiter.api.extension.ReflectiveInvocationContext;

/// Runs each test method on a thread of its own in an empty network namespace (with a private /run);
/// thread and namespace end together. Children that the test starts are in the namespace too.
public final class OwnNetns implements InvocationInterceptor, ExecutionCondition {
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
}
