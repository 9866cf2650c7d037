package jflannel.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import jflannel.ip.Ip;
import jflannel.lease.ConfigException;
import jflannel.names.Names;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OptionsTest {
    private static Options flags(String... words) {
        return Options.parse(List.of(words), Map.of());
    }

    private static Options environment(String... pairs) {
        Map<String, String> variables = new java.util.HashMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            variables.put(pairs[i], pairs[i + 1]);
        }
        return Options.parse(List.of(), variables);
    }

    @Test
    void hasTheDefaultsOfGoFlannel() {
        Options options = flags();
        assertThat(options.etcd.endpoints()).containsExactly("http://127.0.0.1:4001", "http://127.0.0.1:2379");
        assertThat(options.etcd.prefix).isEqualTo("/coreos.com/network");
        assertThat(options.etcd.caFile).isNull();
        assertThat(options.etcd.username).isEmpty();
        assertThat(options.etcd.password).isEmpty();
        assertThat(options.iface.flags().names()).isEmpty();
        assertThat(options.iface.flags().regexes()).isEmpty();
        assertThat(options.iface.canReach).isNull();
        assertThat(options.iface.publicIp).isNull();
        assertThat(options.node.subnetFile).isEqualTo(Path.of("/run/flannel/subnet.env"));
        assertThat(options.node.renewMargin).isEqualTo(Duration.ofMinutes(60));
        assertThat(options.node.blackholeRoute).isFalse();
        assertThat(options.firewall.masquerade).isFalse();
        assertThat(options.firewall.plainPorts).isFalse();
        assertThat(options.firewall.forward).isTrue();
        assertThat(options.firewall.resync).isEqualTo(Duration.ofSeconds(5));
        assertThat(options.health.ip).isEqualTo(Ip.ANY_V4);
        assertThat(options.health.port).isZero();
        assertThat(options.kube.annotationPrefix).isEqualTo("flannel.alpha.coreos.com");
        assertThat(options.kube.netConfig).isEqualTo(Path.of("/etc/kube-flannel/net-conf.json"));
        assertThat(options.kube.setNetworkUnavailable).isTrue();
        assertThat(options.log.verbosity).isZero();
        assertThat(options.warnings).isEmpty();
    }

    @Test
    void hasDefaultsForItsOwnFlags() {
        assertThat(flags().node.stateFile).isEqualTo(Path.of("/var/lib/flannel/state.json"));
        assertThat(flags("--state-file=").node.stateFile).isNull();
        assertThat(flags().node.peerGrace).isEqualTo(Duration.ofMinutes(10));
        assertThat(flags("--peer-grace=0").node.peerGrace).isZero();
        assertThat(flags().node.networkName()).isEmpty();
        assertThat(flags("--network-name=auto").node.networkName()).isEmpty();
        assertThat(flags("--network-name=default").node.networkName()).contains(Names.DEFAULT);
        assertThat(flags("--network-name=blue").node.networkName()).contains(new Names("blue"));
    }

    @Test
    void hasEveryFlagOfGoFlannel() {
        assertThat(Options.names())
                .containsExactlyInAnyOrder(
                        ("--etcd-endpoints --etcd-prefix --etcd-keyfile --etcd-certfile --etcd-cafile --etcd-username"
                                        + " --etcd-password --iface --iface-regex --iface-can-reach --subnet-file"
                                        + " --public-ip --public-ipv6 --subnet-lease-renew-margin --ip-masq"
                                        + " --ip-masq-fully-random-disable --kube-subnet-mgr --kube-api-url"
                                        + " --kubeconfig-file --kube-annotation-prefix --net-config-path"
                                        + " --set-node-network-unavailable --healthz-ip --healthz-port"
                                        + " --iptables-resync --iptables-forward-rules --ip-blackhole-route --version"
                                        + " -v --vmodule --log_backtrace_at"
                                        + " --metrics-ip --metrics-port --peer-filter --state-file --peer-grace --docker-opts-file"
                                        + " --network-name --listen-on-underlay --route-table --no-subnet --docker-network --cloud-endpoint"
                                        + " --status-page --network-policy --network-policy-cut --trace-key --trace-port --networks --subnet-dir --isolate") // ours
                                .split(" "));
    }

    @Test
    void readsEveryKindOfValue() {
        Options options = flags(
                "--etcd-endpoints=https://a:1,, b:2",
                "-etcd-prefix=/net/",
                "--etcd-cafile",
                "/ca",
                "--iface=eth1",
                "--iface=",
                "--iface=192.0.2.1",
                "--iface-regex=^10\\.",
                "--iface-can-reach=2001:db8::1",
                "--public-ip=203.0.113.1",
                "--public-ipv6=2001:db8::2",
                "--subnet-file=x",
                "--subnet-lease-renew-margin=0x10",
                "--ip-masq",
                "--iptables-forward-rules=F",
                "--healthz-ip=::1",
                "--healthz-port=8081",
                "-v=4",
                "--vmodule=a=1",
                "--log_backtrace_at=a.go:1");
        assertThat(options.etcd.endpoints()).containsExactly("https://a:1", "b:2");
        assertThat(options.etcd.prefix).isEqualTo("/net");
        assertThat(options.etcd.caFile).isEqualTo(Path.of("/ca"));
        assertThat(options.iface.flags().names()).containsExactly("eth1", "192.0.2.1");
        assertThat(options.iface.flags().regexes()).map(Pattern::pattern).containsExactly("^10\\.");
        assertThat(options.iface.canReach).isEqualTo(Ip.parse("2001:db8::1"));
        assertThat(options.iface.publicIp).isEqualTo(Ip.parse("203.0.113.1"));
        assertThat(options.iface.publicIpv6).isEqualTo(Ip.parse("2001:db8::2"));
        assertThat(options.node.renewMargin).isEqualTo(Duration.ofMinutes(16));
        assertThat(options.firewall.masquerade).isTrue();
        assertThat(options.firewall.forward).isFalse();
        assertThat(options.health.ip).isEqualTo(Ip.parse("::1"));
        assertThat(options.health.port).isEqualTo(8081);
        assertThat(options.log.verbosity).isEqualTo(4);
    }

    @Test
    void refusesANodeWithoutASubnetWhereTheClusterGivesEachNodeOne() {
        assertThat(flags("--no-subnet").node.noSubnet).isTrue();
        assertThatThrownBy(() -> flags("--no-subnet", "--kube-subnet-mgr"))
                .isInstanceOf(ConfigException.class)
                .hasMessage("--no-subnet: true cannot be used. In Kubernetes a node's subnet is its podCIDR, which the"
                        + " cluster gives it: omit the flag.");
    }

    @Test
    void readsTheNumberOfARoutingTableAsTheKernelCounts() {
        assertThat(flags().node.routeTable).isEqualTo(254);
        assertThat(flags("--route-table=4294967295").node.routeTable).isEqualTo(-1);
    }

    @Test
    void takesTheLastOfARepeatedFlag() {
        assertThat(flags("-v=1", "-v=2").log.verbosity).isEqualTo(2);
    }

    @Test
    void takesAnEmptyValueForNone() {
        Options options = flags("--public-ip=", "--etcd-cafile=", "--healthz-ip=");
        assertThat(options.iface.publicIp).isNull();
        assertThat(options.etcd.caFile).isNull();
        assertThat(options.health.ip).isNull();
    }

    @Test
    void readsAValueThatLooksLikeSomethingElseAsItIs() {
        Options options = flags("--etcd-password", "--iface=\"@x\" ${HOME}", "--etcd-username=@/etc/passwd");
        assertThat(options.etcd.password).isEqualTo("--iface=\"@x\" ${HOME}");
        assertThat(options.etcd.username).isEqualTo("@/etc/passwd");
        assertThat(options.iface.flags().names()).isEmpty();
    }

    @Test
    void readsTheEnvironmentWhereThereIsNoFlag() {
        Options options = Options.parse(
                List.of("--etcd-prefix=/flag", "--iface=eth0"),
                Map.of(
                        "FLANNELD_ETCD_PREFIX", "/environment",
                        "FLANNELD_ETCD_PASSWORD", "geheim",
                        "FLANNELD_IFACE", "eth9",
                        "FLANNELD_IP_MASQ", "true",
                        "FLANNELD_V", "3",
                        "FLANNELD_SUBNET_FILE", "",
                        "FLANNELD_VERSION", "true"));
        assertThat(options.etcd.prefix).isEqualTo("/flag");
        assertThat(options.etcd.password).isEqualTo("geheim");
        assertThat(options.iface.flags().names()).containsExactly("eth0");
        assertThat(options.firewall.masquerade).isTrue();
        assertThat(options.log.verbosity).isEqualTo(3);
        assertThat(options.node.subnetFile).isEqualTo(Path.of("/run/flannel/subnet.env"));
        assertThat(options.log.version).isFalse();
        assertThat(options.warnings).isEmpty();
    }

    @Test
    void takesExactlyOneValueOfARepeatableFlagFromTheEnvironment() {
        assertThat(environment("FLANNELD_IFACE", "eth0,eth1").iface.flags().names())
                .containsExactly("eth0,eth1");
    }

    @Test
    void warnsOfAnUnreadableValueInTheEnvironmentAndKeepsTheDefault() {
        Options options = environment("FLANNELD_IPTABLES_FORWARD_RULES", "no", "FLANNELD_V", "much");
        assertThat(options.firewall.forward).isTrue();
        assertThat(options.log.verbosity).isZero();
        assertThat(options.warnings)
                .containsExactly(
                        "FLANNELD_IPTABLES_FORWARD_RULES: \"no\" cannot be used. Give =true or =false. The default is"
                                + " used.",
                        "FLANNELD_V: \"much\" cannot be used. Give a whole number. The default is used.");
    }

    @Test
    void warnsOfWordsAfterTheFlags() {
        assertThat(flags("--ip-masq", "false", "-v=1").warnings)
                .containsExactly("Ignored, from the first word that is not a flag: false -v=1");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            --ip-masq=maybe      | --ip-masq: "maybe" cannot be used. Give =true or =false.
            --ip-masq=           | --ip-masq: an empty value cannot be used. Give =true or =false.
            --healthz-port=http  | --healthz-port: "http" cannot be used. Give a whole number.
            -v=                  | -v: an empty value cannot be used. Give a whole number.
            --ip-masq="true"     | --ip-masq: "true" cannot be used with its quotes, which no shell has removed. Give true without them.
            """)
    void refusesAFlagThatCannotBeReadAndExitsWith2(String flag, String message) {
        assertThatThrownBy(() -> flags(flag))
                .isInstanceOfSatisfying(
                        ExitException.class, e -> assertThat(e.code()).isEqualTo(2))
                .hasMessage(message + "\nflanneld --help lists all flags.");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            --subnet-lease-renew-margin=0    | "0" cannot be used. Give a number of minutes from 1 to 1439.
            --subnet-lease-renew-margin=1440 | "1440" cannot be used. Give a number of minutes from 1 to 1439.
            --iptables-resync=0              | "0" cannot be used. Give a number of seconds from 1 to 86400.
            --healthz-port=65536             | "65536" cannot be used. Give a port from 1 to 65535, or 0 for no server.
            --status-page=65536              | "65536" cannot be used. Give a port from 1 to 65535, which stands for 127.0.0.1, or an address with a port, such as 192.0.2.1:9470 or [2001:db8::1]:9470.
            --healthz-ip=localhost           | "localhost" cannot be used. Give an IP address such as 192.0.2.10 or 2001:db8::10.
            --public-ip=2001:db8::1          | "2001:db8::1" cannot be used. Give an IPv4 address such as 192.0.2.10.
            --public-ip=eth0                 | "eth0" cannot be used. Give an IPv4 address such as 192.0.2.10.
            --public-ipv6=192.0.2.1          | "192.0.2.1" cannot be used. Give an IPv6 address such as 2001:db8::10.
            --public-ip=0.0.0.0              | "0.0.0.0" cannot be used. Other nodes cannot send to it. Give this node's own address.
            --iface-regex=eth(               | "eth(" cannot be used. It is not a regular expression: Unclosed group at character 5.
            --etcd-endpoints=,               | "," cannot be used. Give the URLs of etcd members, such as http://192.0.2.1:2379,http://192.0.2.2:2379.
            --etcd-endpoints=ftp://u:p@h:1   | "ftp://(hidden)@h:1" cannot be used. Give the URLs of etcd members, such as http://192.0.2.1:2379,http://192.0.2.2:2379.
            --etcd-endpoints=a?b://c         | "a?b://c" cannot be used. Give the URLs of etcd members, such as http://192.0.2.1:2379,http://192.0.2.2:2379.
            --subnet-file=                   | an empty value cannot be used. Give the path of a file, or omit the flag.
            --net-config-path=               | an empty value cannot be used. Give the path of a file, or omit the flag.
            --docker-network=host            | "host" cannot be used. Give the name of a network of its own, of letters, digits and _.-, such as flannel.
            --docker-network=a b             | "a b" cannot be used. Give the name of a network of its own, of letters, digits and _.-, such as flannel.
            --route-table=0                  | "0" cannot be used. There is no table 0: give a number from 1 to 4294967295; 254 is the main one.
            --route-table=253                | "253" cannot be used. Table 253 is asked last, behind the default route: give another number, such as 100.
            --route-table=255                | "255" cannot be used. Table 255 is the kernel's own, for addresses of this host: give another number, such as 100.
            --route-table=4294967296         | "4294967296" cannot be used. Give the number of a routing table from 1 to 4294967295, such as 100; 254 is the main one. Names such as those in rt_tables are not known here.
            --route-table=-1                 | "-1" cannot be used. Give the number of a routing table from 1 to 4294967295, such as 100; 254 is the main one. Names such as those in rt_tables are not known here.
            --route-table=flannel            | "flannel" cannot be used. Give the number of a routing table from 1 to 4294967295, such as 100; 254 is the main one. Names such as those in rt_tables are not known here.
            --network-name=Blue              | "Blue" cannot be used. Give auto, default, or one to six lower-case letters and digits such as blue.
            --etcd-endpoints=unix://etcd:1   | "unix://etcd:1" cannot be used. Unix sockets are not supported. Give the URLs of etcd members, such as http://192.0.2.1:2379,http://192.0.2.2:2379.
            --iface="eth0"                   | "eth0" cannot be used with its quotes, which no shell has removed. Give eth0 without them.
            --iface=""                       | a pair of quotes cannot be used, which no shell has removed. Leave the quotes out.
            --iface='eth0'                   | 'eth0' cannot be used with its quotes, which no shell has removed. Give eth0 without them.
            --etcd-prefix="/kube/network"    | "/kube/network" cannot be used with its quotes, which no shell has removed. Give /kube/network without them.
            --etcd-endpoints="http://a:1"    | "http://a:1" cannot be used with its quotes, which no shell has removed. Give http://a:1 without them.
            --public-ip="192.0.2.1"          | "192.0.2.1" cannot be used with its quotes, which no shell has removed. Give 192.0.2.1 without them.
            --etcd-keyfile=/k                | "/k" cannot be used. It needs --etcd-certfile too.
            --etcd-certfile=/c               | "/c" cannot be used. It needs --etcd-keyfile too.
            """)
    void refusesAValueOfNoUse(String flag, String message) {
        String name = flag.substring(0, flag.indexOf('='));
        assertThatThrownBy(() -> flags(flag))
                .isInstanceOf(ConfigException.class)
                .hasMessage(name + ": " + message);
    }

    @Test
    void takesQuotesForPartOfAPasswordAndSaysSoWithoutIt() {
        Options options = environment("FLANNELD_ETCD_PASSWORD", "'geheim'");
        assertThat(options.etcd.password).isEqualTo("'geheim'");
        assertThat(options.warnings)
                .containsExactly("FLANNELD_ETCD_PASSWORD is in quotes, which become part of the value.");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            FLANNELD_ETCD_PREFX           | x              | Did you mean FLANNELD_ETCD_PREFIX?
            FLANNELD_ETCD_ENDPOINT        | x              | Did you mean FLANNELD_ETCD_ENDPOINTS?
            FLANNEL_IFACE                 | x              | Did you mean FLANNELD_IFACE?
            flanneld_iface                | x              | Did you mean FLANNELD_IFACE?
            FLANNEL_OPTION                | x              | Did you mean FLANNEL_OPTIONS?
            FLANNELD_UNHEARD_OF           | x              |
            """)
    void namesVariablesThatMeanNothingWithTheNearestThatDoes(String name, String value, String guess) {
        assertThat(environment(name, value).warnings)
                .containsExactly(
                        "flanneld does not know the variable " + name + "." + (guess == null ? "" : " " + guess));
    }

    @ParameterizedTest
    @CsvSource({
        "FLANNEL_OPTIONS, --ip-masq",
        "FLANNEL_SUBNET, 10.5.1.1/24",
        "FLANNEL_MTU, 1450",
        "FLANNEL_SERVICE_HOST, 10.96.0.7",
        "FLANNELD_SERVICE_PORT_METRICS, 80",
        "FLANNEL_PORT, tcp://10.96.0.7:80",
        "FLANNEL_PORT_80_TCP_ADDR, 10.96.0.7",
        "FLANNELD, /usr/bin/flanneld",
        "KUBE_FLANNEL_PORT, tcp://10.96.0.7:80",
        "FLANNELD_VERSION, true",
        "FLANNELD_SUBNET_FILE, ''"
    })
    void saysNothingOfVariablesOfOthers(String name, String value) {
        assertThat(environment(name, value).warnings).isEmpty();
    }

    @Test
    void readsTheLinesThatSettingsFilesHaveAlwaysHad() {
        assertThat(environment("FLANNEL_ETCD", "http://a:1").etcd.endpoints()).containsExactly("http://a:1");
        assertThat(environment("FLANNEL_ETCD_KEY", "/old").etcd.prefix).isEqualTo("/old");
        assertThat(environment("FLANNEL_ETCD_KEY", "/old", "FLANNEL_ETCD_PREFIX", "/file").etcd.prefix)
                .isEqualTo("/file");
        assertThat(environment("FLANNEL_ETCD_KEY", "/old").warnings).isEmpty();
        assertThat(environment("FLANNEL_ETCD_PREFIX", "/file").etcd.prefix).isEqualTo("/file");
        assertThat(environment("FLANNEL_ETCD_ENDPOINTS", "http://a:1").etcd.endpoints())
                .containsExactly("http://a:1");
        assertThat(environment("FLANNEL_ETCD_PREFIX", "").etcd.prefix).isEqualTo("/coreos.com/network");
        assertThat(environment("FLANNEL_ETCD_PREFIX", "/file", "FLANNELD_ETCD_PREFIX", "/environment").etcd.prefix)
                .isEqualTo("/environment");
        assertThat(Options.parse(List.of("--etcd-prefix=/line"), Map.of("FLANNEL_ETCD_PREFIX", "/file")).etcd.prefix)
                .isEqualTo("/line");
    }

    @Test
    void refusesAValueOfNoUseFromTheEnvironmentRatherThanGuess() {
        assertThatThrownBy(() -> environment("FLANNELD_PUBLIC_IP", "203.0.113"))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("FLANNELD_PUBLIC_IP: \"203.0.113\" cannot be used.");
    }

    @Test
    void showsAllOptionsWithoutSecrets() {
        String shown = Options.parse(
                        List.of("--etcd-password=geheim", "--etcd-endpoints=http://me:geheim@a:1,http://b:2"),
                        Map.of("FLANNELD_IP_MASQ", "true"))
                .redacted;
        assertThat(shown)
                .startsWith("--etcd-endpoints=http://(hidden)@a:1,http://b:2 --etcd-prefix=/coreos.com/network")
                .contains("--etcd-password=(hidden)", "--ip-masq=true", "--iptables-resync=5")
                .doesNotContain("geheim");
    }

    @Test
    void doesNotEvenLookAtOtherValuesWhenHelpOrVersionIsAskedFor() {
        assertThat(flags("--version", "--kube-subnet-mgr").log.version).isTrue();
        assertThat(Options.parse(List.of("--help"), Map.of("FLANNELD_PUBLIC_IP", "x")).help)
                .isTrue();
    }

    @Test
    void explainsEveryFlagOnceWithinAHundredColumns() {
        String usage = Options.usage();
        for (String name : Options.names()) {
            assertThat(usage.lines().filter(line -> line.matches("  " + name + "(=.*|  .*|)")))
                    .as(name)
                    .hasSize(1);
        }
        assertThat(usage.lines()).allMatch(line -> line.length() <= 100);
        assertThat(usage)
                .contains("--iptables-forward-rules=false turns it off")
                .contains("Default: 60");
    }
}
