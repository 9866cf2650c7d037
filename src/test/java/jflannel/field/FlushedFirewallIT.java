package jflannel.field;

import static jflannel.field.FieldHost.eventually;
import static jflannel.field.FieldRow.of;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/// Services that own the firewall, such as firewalld, ufw or iptables-persistent, flush it and load dumps of their
/// own.
class FlushedFirewallIT {
    private static final String OTHER = "10.71.0.0/16";

    static List<FieldRow> rows() {
        return List.of(
                of(
                        "a firewall that is flushed again and again is right a moment after the last time",
                        FlushedFirewallIT::begin,
                        field -> {
                            field.host(1).sh("""
                                    for i in 1 2 3 4 5 6; do
                                        iptables -t nat -F; iptables -t nat -X; iptables -F; iptables -X
                                        iptables -P FORWARD DROP; sleep 0.$i
                                    done
                                    """);
                            mended(field);
                            assertThat(field.host(1).complaints()).doesNotContain("E ");
                            assertThat(field.host(1).reaches(field.host(2))).isTrue();
                        }),
                of(
                        "a dump from before the daemon's start takes nothing away for long",
                        FlushedFirewallIT::begin,
                        field -> {
                            field.host(1).sh("iptables-restore < /run/before");
                            mended(field);
                        }),
                of("a dump that is loaded on top of the rules doubles none", FlushedFirewallIT::begin, field -> {
                    field.host(1).sh("iptables-save | iptables-restore --noflush");
                    mended(field);
                }),
                of("rules of a former network that come back with a dump go", FlushedFirewallIT::begin, field -> {
                    FieldHost host = field.host(1);
                    host.sh("iptables-save > /run/former");
                    field.put("config", FieldRow.VXLAN.replace(Field.NETWORK, OTHER));
                    eventually("the other network", () -> areRight(host, OTHER));
                    host.sh("iptables-restore < /run/former");
                    eventually("one network", () -> areRight(host, OTHER) && !has(host, Field.NETWORK));
                }),
                of("rules of a former network that are there at the start go", FlushedFirewallIT::begin, field -> {
                    FieldHost host = field.host(1);
                    host.stop();
                    host.sh("iptables-save | sed 's|%s|%s|' > /run/former".formatted(Field.NETWORK, OTHER));
                    host.sh("iptables-restore < /run/former");
                    host.run("--ip-masq");
                    eventually("one network", () -> areRight(host, Field.NETWORK) && !has(host, OTHER));
                }),
                of("tables that are deleted come back", FlushedFirewallIT::begin, field -> {
                    field.host(1).sh("nft flush ruleset");
                    mended(field);
                    field.host(1).sh("nft delete table ip filter; nft delete table ip nat");
                    mended(field);
                }));
    }

    @FieldTable
    void isPutRight(FieldRow row) throws Exception {
        row.play();
    }

    private static void begin(Field field) throws Exception {
        for (int i = 1; i <= 2; i++) {
            field.host(i).sh("iptables -P FORWARD DROP; iptables-save > /run/before");
            field.host(i).start("--ip-masq");
        }
        for (int i = 1; i <= 2; i++) {
            field.host(i).awaitReady();
            mended(field.host(i));
        }
    }

    private static void mended(Field field) {
        eventually("the rules are right", () -> areRight(field.host(1), Field.NETWORK));
    }

    private static void mended(FieldHost host) {
        eventually("the rules are there", () -> areRight(host, Field.NETWORK));
    }

    /// Each chain is there and is jumped to once, and speaks of the network.
    private static boolean areRight(FieldHost host, String network) throws Exception {
        return host.succeeds("""
                [ "$(iptables -S FORWARD | grep -c FLANNEL-FWD)" = 1 ]
                [ "$(iptables -t nat -S POSTROUTING | grep -c FLANNEL-POSTRTG)" = 1 ]
                [ "$(iptables -S FLANNEL-FWD | grep -c ACCEPT)" = 2 ]
                iptables -S FLANNEL-FWD | grep -qF %1$s
                iptables -t nat -S FLANNEL-POSTRTG | grep -qF %1$s
                """.formatted(network));
    }

    private static boolean has(FieldHost host, String network) throws Exception {
        return host.sh("iptables-save").contains(network);
    }
}
