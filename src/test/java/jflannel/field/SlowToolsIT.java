package jflannel.field;

import static jflannel.field.FieldHost.eventually;
import static jflannel.field.FieldRow.of;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;

/// Hosts on which listing the rules takes ten seconds, as with tens of thousands of them: leases do not wait for that.
class SlowToolsIT {
    private static final String PEER = "10.70.21.0";

    /// Each says when it begins and when it ends.
    private static final String SLOW = """
            mkdir -p /run/slow
            for tool in iptables-save iptables-nft-save iptables-legacy-save; do
                printf '#!/bin/sh\\ntouch /run/began\\nsleep 10\\ntouch /run/ended\\nexec /usr/sbin/%s "$@"\\n' $tool > /run/slow/$tool
                chmod +x /run/slow/$tool
            done
            """;

    static List<FieldRow> rows() {
        return List.of(
                of(
                        "a lease that comes while the daemon reads its own rules",
                        field -> {
                            start(field);
                            field.host(1).awaitReady();
                            field.host(1).sh("iptables -F; rm -f /run/began /run/ended");
                        },
                        SlowToolsIT::isRoutedMeanwhile),
                of(
                        "a lease that comes while the daemon reads the rules of others",
                        field -> {
                            start(field, "--iptables-resync=600");
                            field.host(1).awaitReady();
                            eventually("the first look at its own rules", () -> has(field, "ended"));
                            field.host(1).sh("rm -f /run/began /run/ended");
                        },
                        SlowToolsIT::isRoutedMeanwhile));
    }

    @FieldTable
    void leasesDoNotWaitForThem(FieldRow row) throws Exception {
        row.play();
    }

    private static void start(Field field, String... flags) throws Exception {
        field.host(1).sh(SLOW);
        field.host(1).start(Map.of("PATH", "/run/slow:" + System.getenv("PATH")), flags);
    }

    private static void isRoutedMeanwhile(Field field) throws Exception {
        eventually("a tool is at work", () -> has(field, "began"));
        field.host(1).sh("rm -f /run/ended");
        field.peer(PEER + "-24", 21);
        eventually(
                "the route",
                () -> !field.host(1).sh("ip route show " + PEER + "/24").isEmpty());
        assertThat(has(field, "ended")).as("the tool is still at work").isFalse();
    }

    private static boolean has(Field field, String mark) throws Exception {
        return field.host(1).succeeds("test -e /run/" + mark);
    }
}
