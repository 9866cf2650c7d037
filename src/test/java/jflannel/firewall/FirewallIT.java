package jflannel.firewall;

import static jflannel.testing.Sh.sh;
import static jflannel.testing.Sh.succeeds;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import jflannel.names.Names;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(OwnNetns.class)
class FirewallIT {
    @ParameterizedTest
    @EnumSource
    void aSecondCheckChangesNothing(Firewalls kind) throws Exception {
        Firewalls.Started firewall = kind.started();
        assertThat(firewall.converge(Configs.DUAL)).isTrue();
        String rules = kind.rules();
        assertThat(rules).contains("10.244.31.0/24", "fd00:244:0:31::/64");

        assertThat(firewall.converge(Configs.DUAL)).isFalse();
        assertThat(kind.started().converge(Configs.DUAL)).isFalse();
        assertThat(kind.rules()).isEqualTo(rules);
    }

    @ParameterizedTest
    @EnumSource
    void aSecondCheckWritesNothing(Firewalls kind) throws Exception {
        Firewalls.Started firewall = kind.started();
        firewall.converge(Configs.DUAL);
        String handles = sh("nft -a list ruleset");

        firewall.converge(Configs.DUAL);

        // rewritten rules would have new handles
        assertThat(sh("nft -a list ruleset")).isEqualTo(handles);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            IPTABLES_LEGACY | iptables-legacy -t nat -F
            IPTABLES_LEGACY | iptables-legacy -t nat -F FLANNEL-POSTRTG
            IPTABLES_LEGACY | iptables-legacy -t nat -F POSTROUTING && iptables-legacy -t nat -F && iptables-legacy -t nat -X
            IPTABLES_LEGACY | iptables-legacy -t nat -D FLANNEL-POSTRTG 3
            IPTABLES_LEGACY | iptables-legacy -t nat -I FLANNEL-POSTRTG 2 -j RETURN
            IPTABLES_LEGACY | iptables-legacy -t nat -A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment 'flanneld masq' -j RETURN && iptables-legacy -t nat -D FLANNEL-POSTRTG 1
            IPTABLES_LEGACY | ip6tables-legacy -F FORWARD
            IPTABLES_LEGACY | for i in 1 2; do iptables-legacy -A FORWARD -m comment --comment 'flanneld forward' -j FLANNEL-FWD; done
            IPTABLES_NFT    | iptables-nft -t nat -F
            IPTABLES_NFT    | nft flush ruleset
            IPTABLES_NFT    | iptables-nft -t nat -D FLANNEL-POSTRTG 3
            IPTABLES_NFT    | iptables-nft -t nat -I FLANNEL-POSTRTG 2 -j RETURN
            IPTABLES_NFT    | iptables-nft -t nat -A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment 'flanneld masq' -j RETURN && iptables-nft -t nat -D FLANNEL-POSTRTG 1
            IPTABLES_NFT    | ip6tables-nft -F FORWARD
            IPTABLES_NFT    | for i in 1 2; do iptables-nft -A FORWARD -m comment --comment 'flanneld forward' -j FLANNEL-FWD; done
            NFTABLES        | nft flush ruleset
            NFTABLES        | nft flush chain ip flannel-ipv4 postrtg
            NFTABLES        | nft delete table ip6 flannel-ipv6
            NFTABLES        | nft insert rule ip flannel-ipv4 postrtg return
            NFTABLES        | nft add chain ip flannel-ipv4 strange
            NFTABLES        | nft delete chain ip flannel-ipv4 forward
            NFTABLES        | nft add chain ip flannel-ipv4 forward '{ policy drop ; }'
            """)
    void repairsWhatOthersDid(Firewalls kind, String damage) throws Exception {
        Firewalls.Started firewall = kind.started();
        firewall.converge(Configs.DUAL);
        String right = kind.rules();
        sh(damage);
        assertThat(kind.rules()).isNotEqualTo(right);

        assertThat(firewall.converge(Configs.DUAL)).isTrue();
        assertThat(kind.rules()).isEqualTo(right);
        assertThat(firewall.converge(Configs.DUAL)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"IPTABLES_LEGACY", "IPTABLES_NFT"})
    void leavesOthersRulesInTheirPlaces(Firewalls kind) throws Exception {
        String iptables = kind == Firewalls.IPTABLES_NFT ? "iptables-nft" : "iptables-legacy";
        sh("""
                X=%s
                $X -t nat -N KUBE-POSTROUTING; $X -t nat -A POSTROUTING -m comment --comment "kubernetes \\"post\\"" -j KUBE-POSTROUTING
                $X -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
                $X -P FORWARD DROP; $X -N DOCKER-USER; $X -A FORWARD -j DOCKER-USER
                $X -t mangle -A PREROUTING -p udp -j MARK --set-mark 1
                """.formatted(iptables));
        List<String> others = kind.rules().lines().toList();

        kind.started().converge(Configs.V4);
        assertThat(kind.rules().lines().filter(others::contains)).containsExactlyElementsOf(others);
        sh(iptables + " -t nat -A POSTROUTING -s 10.99.0.0/16 -j RETURN");
        Firewalls.Started firewall = kind.started();
        firewall.converge(Configs.of("10.5.0.0/16", "10.5.2.0/24"));
        assertThat(kind.rules()).contains("-s 10.99.0.0/16 -j RETURN").doesNotContain("10.244");

        sh(iptables + " -t nat -D POSTROUTING -s 10.99.0.0/16 -j RETURN");
        InstalledRules.removeAll();
        assertThat(kind.rules().lines().toList()).containsExactlyInAnyOrderElementsOf(others);
    }

    @Test
    void leavesOthersTablesOfNftables() throws Exception {
        sh("nft add table inet users; nft add chain inet users forward '{ type filter hook forward priority 10; }'");
        String others = sh("nft list ruleset");
        Firewalls.NFTABLES.started().converge(Configs.V4);
        Firewalls.NFTABLES.started().converge(Configs.of("10.5.0.0/16", "10.5.2.0/24"));

        assertThat(sh("nft list ruleset")).startsWith(others).doesNotContain("10.244");
        InstalledRules.removeAll();
        assertThat(sh("nft list ruleset")).isEqualTo(others);
    }

    @ParameterizedTest
    @EnumSource
    void removesWhatIsSwitchedOff(Firewalls kind) throws Exception {
        kind.started().converge(Configs.DUAL);

        kind.started().converge(Configs.switched(Configs.DUAL, false, true));
        assertThat(kind.rules()).doesNotContainIgnoringCase("masquerade").doesNotContainIgnoringCase("postrtg");
        kind.started().converge(Configs.switched(Configs.DUAL, false, false));
        assertThat(kind.rules()).doesNotContain("10.244").doesNotContain("FLANNEL-FWD");
    }

    @ParameterizedTest
    @EnumSource
    void removesTheRulesOfAFamilyThatIsNotEnabledAnyMore(Firewalls kind) throws Exception {
        kind.started().converge(Configs.DUAL);

        assertThat(kind.started().converge(Configs.V6)).isTrue();
        assertThat(kind.rules()).contains("fd00:244").doesNotContain("10.244").doesNotContain("224.0.0.0");
    }

    @ParameterizedTest
    @CsvSource({
        "IPTABLES_LEGACY, NFTABLES",
        "IPTABLES_LEGACY, IPTABLES_NFT",
        "IPTABLES_NFT, NFTABLES",
        "IPTABLES_NFT, IPTABLES_LEGACY",
        "NFTABLES, IPTABLES_LEGACY",
        "NFTABLES, IPTABLES_NFT"
    })
    void aChangeOfModeLeavesNothingOfTheOldOne(Firewalls old, Firewalls next) throws Exception {
        next.started().converge(Configs.DUAL);
        String onlyNext = next.rules();
        InstalledRules.removeAll();
        old.started().converge(Configs.DUAL);

        next.started().converge(Configs.DUAL);
        assertThat(next.rules()).isEqualTo(onlyNext);
        for (Firewalls kind : Firewalls.values()) {
            assertThat(kind.used()).as("rules in %s", kind).isEqualTo(kind == next);
        }
    }

    @Test
    void removesWhatGoFlannelLeavesWhenItChangesToNftables() throws Exception {
        Firewalls.IPTABLES_NFT.started().converge(Configs.V4);
        // its clean-up: both chains in nat only, of which it can empty but not delete those in use
        sh("""
                iptables-nft -t nat -F FLANNEL-POSTRTG
                iptables-nft -t nat -N FLANNEL-FWD
                """);

        Firewalls.NFTABLES.started().converge(Configs.V4);
        assertThat(Firewalls.IPTABLES_NFT.used()).isFalse();
    }

    @Test
    void takesOverTheTablesOfGoFlannel() throws Exception {
        sh("""
                nft -f - <<'END'
                table ip flannel-ipv4 {
                    comment "rules for flannel-ipv4"
                    chain postrtg {
                        comment "chain to manage traffic masquerading by flannel"
                        type nat hook postrouting priority srcnat; policy accept;
                        meta mark 0x00004000 return
                        ip saddr 10.244.31.0/24 ip daddr 10.244.0.0/16 return
                        ip saddr 10.244.0.0/16 ip daddr 10.244.31.0/24 return
                        ip saddr != 10.244.31.0/24 ip daddr 10.244.0.0/16 return
                        ip saddr 10.244.0.0/16 ip daddr != 224.0.0.0/4 masquerade fully-random
                        ip saddr != 10.244.0.0/16 ip daddr 10.244.0.0/16 masquerade fully-random
                    }
                }
                END
                """);
        assertThat(Firewalls.NFTABLES.started().converge(Configs.V4)).isTrue();
        String rules = sh("nft list ruleset");
        sh("nft flush ruleset");
        Firewalls.NFTABLES.started().converge(Configs.V4);

        assertThat(rules).isEqualTo(sh("nft list ruleset")).contains("0x00004000 == 0x00004000");
    }

    @Test
    void findsNothingToDoAfterGoFlannelInIptables() throws Exception {
        sh("""
                iptables-nft-restore --noflush <<'END'
                *filter
                :FLANNEL-FWD - [0:0]
                -A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD
                -A FLANNEL-FWD -s 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
                -A FLANNEL-FWD -d 10.244.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT
                COMMIT
                *nat
                :FLANNEL-POSTRTG - [0:0]
                -A POSTROUTING -m comment --comment "flanneld masq" -j FLANNEL-POSTRTG
                -A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -m comment --comment "flanneld masq" -j RETURN
                -A FLANNEL-POSTRTG -s 10.244.31.0/24 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j RETURN
                -A FLANNEL-POSTRTG -s 10.244.0.0/16 -d 10.244.31.0/24 -m comment --comment "flanneld masq" -j RETURN
                -A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.31.0/24 -m comment --comment "flanneld masq" -j RETURN
                -A FLANNEL-POSTRTG -s 10.244.0.0/16 ! -d 224.0.0.0/4 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
                -A FLANNEL-POSTRTG ! -s 10.244.0.0/16 -d 10.244.0.0/16 -m comment --comment "flanneld masq" -j MASQUERADE --random-fully
                COMMIT
                END
                """);

        assertThat(Firewalls.IPTABLES_NFT.started().converge(Configs.V4)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void reachesTheSameRulesWhateverWasThereBefore(Firewalls kind) throws Exception {
        List<FirewallConfig> wishes = List.of(
                Configs.V4,
                Configs.V6,
                Configs.DUAL,
                Configs.plainPorts(Configs.DUAL),
                Configs.switched(Configs.DUAL, false, true),
                Configs.switched(Configs.V4, true, false),
                Configs.of("10.5.0.0/16", "10.5.2.0/24"));
        List<String> fresh = new ArrayList<>();
        for (FirewallConfig wish : wishes) {
            kind.started().converge(wish);
            fresh.add(sorted(kind));
            InstalledRules.removeAll();
        }
        Random random = new Random(7);
        Firewalls.Started firewall = kind.started();
        for (int step = 0; step < 20; step++) {
            int wish = random.nextInt(wishes.size());
            firewall.converge(wishes.get(wish));
            assertThat(sorted(kind)).as("step %d", step).isEqualTo(fresh.get(wish));
        }
    }

    @Test
    void saysWhichPackageIsMissing() {
        assertThatThrownBy(() -> Firewalls.iptables("-from-nowhere").converge(Configs.V4))
                .hasMessage("iptables-from-nowhere is neither in PATH nor in /usr/sbin: install the package iptables");
    }

    @Test
    void needsNoToolWhenNothingIsWanted() throws Exception {
        assertThat(Firewalls.iptables("-from-nowhere").converge(Configs.switched(Configs.V4, false, false)))
                .isFalse();
    }

    @Test
    void passesOnWhatTheToolSays() throws Exception {
        sh("nft add table ip nat; nft add chain ip nat FLANNEL-POSTRTG '{ type nat hook input priority 0; }'");

        assertThatThrownBy(() -> Firewalls.IPTABLES_NFT.started().converge(Configs.V4))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("iptables-nft");
    }

    @Test
    void waitsForAnotherProgramOfIptables() throws Exception {
        Process other = new ProcessBuilder("flock", "/run/xtables.lock", "sleep", "1").start();
        try {
            await().until(() -> !succeeds("flock -n /run/xtables.lock true"));

            Firewalls.IPTABLES_LEGACY.started().converge(Configs.V4);
            assertThat(Firewalls.IPTABLES_LEGACY.used()).isTrue();
        } finally {
            other.destroy();
        }
    }

    @Test
    void addsNothingToATableThatItCannotRead() throws Exception {
        sh("iptables-nft -t nat -N USERS; nft add rule ip nat USERS ct state vmap '{ established : accept }'");

        assertThatThrownBy(() -> Firewalls.IPTABLES_NFT.started().converge(Configs.V4))
                .hasMessageContaining("iptables-nft-save cannot list its table nat");
        assertThat(sh("nft list ruleset")).doesNotContain("FLANNEL");
    }

    @ParameterizedTest
    @CsvSource({"IPTABLES_LEGACY, ''", "IPTABLES_NFT, filter nat", "NFTABLES, flannel-ipv4 flannel-ipv6"})
    void knowsWhichReportsOfTheKernelConcernIt(Firewalls kind, String tables) throws Exception {
        Firewalls.Started firewall = kind.started();
        firewall.converge(Configs.DUAL);
        assertThat(String.join(" ", new TreeSet<>(firewall.firewall().tables())))
                .isEqualTo(tables);
        assertThat(firewall.firewall().reported()).isEqualTo(kind != Firewalls.IPTABLES_LEGACY);
    }

    @ParameterizedTest
    @EnumSource
    void networksDoNotTouchEachOthersRules(Firewalls kind) throws Exception {
        FirewallConfig blues = Configs.of("10.5.0.0/16", "10.5.2.0/24");
        Firewalls.Started red = kind.started();
        red.converge(Configs.DUAL);
        String reds = kind.rules();
        Firewalls.Started blue = kind.started(new Names("blue"), Optional.empty());
        assertThat(blue.converge(blues)).isTrue();
        String both = sh("nft list ruleset; iptables-legacy-save | grep -v '^#' || :");
        for (int i = 0; i < 2; i++) {
            assertThat(red.converge(Configs.DUAL)).isFalse();
            assertThat(blue.converge(blues)).isFalse();
            assertThat(kind.started().converge(Configs.DUAL)).isFalse(); // as after a restart, which cleans up
        }
        assertThat(sh("nft list ruleset; iptables-legacy-save | grep -v '^#' || :"))
                .isEqualTo(both);
        assertThat(both).contains("10.244.31.0/24", "10.5.2.0/24");

        assertThat(blue.converge(Configs.switched(blues, false, false))).isTrue();
        assertThat(kind.rules()).isEqualTo(reds);
        blue.converge(blues);
        assertThat(InstalledRules.removeAll()).isTrue();
        assertThat(sh("nft list ruleset; iptables-legacy-save")).doesNotContainIgnoringCase("flannel");
        assertThat(InstalledRules.find()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void aChangeOfTheNameLeavesNothingUnderTheOldOne(Firewalls kind) throws Exception {
        Names blue = new Names("blue");
        kind.started().converge(Configs.DUAL);
        assertThat(kind.started(blue, Optional.of(Names.DEFAULT)).converge(Configs.DUAL))
                .isTrue();
        assertThat(InstalledRules.find()).isNotEmpty().allMatch(words -> words.contains("blue"));
        kind.started(Names.DEFAULT, Optional.of(blue)).converge(Configs.DUAL);
        assertThat(InstalledRules.find()).isNotEmpty().noneMatch(words -> words.contains("blue"));
    }

    /// Rules without the order in which tables and chains were made.
    private static String sorted(Firewalls kind) throws IOException {
        return kind == Firewalls.NFTABLES
                ? kind.rules()
                : kind.rules()
                        .lines()
                        .filter(line -> line.contains("FLANNEL"))
                        .sorted(Comparator.comparing(line -> line.split(" ")[1]))
                        .toList()
                        .toString();
    }
}
