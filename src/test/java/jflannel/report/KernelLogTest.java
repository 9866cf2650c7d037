package jflannel.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.DeviceNames;
import jflannel.kernel.KernelObject;
import jflannel.kernel.Outcome;
import jflannel.kernel.Route;
import jflannel.testing.LogLines;
import jflannel.work.LogLimit;
import org.junit.jupiter.api.Test;

class KernelLogTest {
    private static final KernelObject LINK_LOCAL = new Address(1, Ip.parse("169.254.7.7"), 16);
    private static final KernelObject DEFAULT_ROUTE =
            Route.via(Cidr.parse("0.0.0.0/0"), Ip.parse("10.0.0.1"), 1, false);
    private static final KernelObject STATIC_ROUTE =
            Route.via(Cidr.parse("10.9.9.0/24"), Ip.parse("10.0.0.1"), 1, false);

    @Test
    void whatAClientOfDhcpLeavesOnOurDevicesComesWithAWordOnHowToStopIt() throws IOException {
        assertThat(repair(LINK_LOCAL)).contains("169.254.7.7/16", "another program", "denyinterfaces");
        assertThat(repair(DEFAULT_ROUTE)).contains("denyinterfaces");
        assertThat(repair(STATIC_ROUTE)).contains("another program").doesNotContain("denyinterfaces");
    }

    private static String repair(KernelObject deleted) throws IOException {
        try (LogLines log = new LogLines(KernelLogTest.class)) {
            new KernelLog(
                            new LogLimit(System.getLogger(KernelLogTest.class.getName()), 9),
                            () -> new DeviceNames(Map.of()),
                            words -> {})
                    .repair(new Outcome(List.of(), List.of(deleted), Set.of(), List.of()));
            return log.all().getFirst();
        }
    }
}
