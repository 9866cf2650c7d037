package jflannel.testing;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/// Runs tests in a [VirtualMachine]: its arguments are classes, or methods as `Class#method`.
public final class GuestTests {
    private GuestTests() {}

    public static void main(String[] names) {
        List<DiscoverySelector> tests = Arrays.stream(names)
                .map(name -> name.contains("#") ? (DiscoverySelector) selectMethod(name) : selectClass(name))
                .toList();
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(tests)
                                .build(),
                        listener,
                        new Times());
        TestExecutionSummary summary = listener.getSummary();
        summary.printFailuresTo(new PrintWriter(System.out, true), 5);
        System.out.printf(
                "guest: %d passed, %d failed, %d skipped%n",
                summary.getTestsSucceededCount(), summary.getTestsFailedCount(), summary.getTestsSkippedCount());
        System.exit(summary.getTotalFailureCount() == 0 && summary.getTestsSucceededCount() > 0 ? 0 : 1);
    }

    /// Prints how long each test took.
    private static final class Times implements TestExecutionListener {
        private final Map<TestIdentifier, Long> starts = new HashMap<>();

        @Override
        public void executionStarted(TestIdentifier test) {
            starts.put(test, System.nanoTime());
        }

        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            System.out.printf(
                    "guest: %5.1f s %s%n", (System.nanoTime() - starts.get(test)) / 1e9, test.getLegacyReportingName());
        }
    }
}
