package jflannel.doctor;

import static jflannel.field.FieldHost.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import jflannel.field.Field;
import jflannel.field.FieldHost;
import jflannel.inspect.LocalFlannel;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// No false alarms, with every backend, both firewalls and both families, beside the rules of others.
@ExtendWith(OwnNetns.class)
class HealthyIT {
    private static final String RULES = """
            iptables -P FORWARD DROP
            iptables -N DOCKER; iptables -N DOCKER-USER; iptables -A FORWARD -j DOCKER-USER
            iptables -A DOCKER-USER -j RETURN
            iptables -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
            iptables -A FORWARD -o docker0 -j DOCKER
            iptables -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
            iptables -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp --dport 80 -j ACCEPT
            iptables -A DOCKER ! -i docker0 -o docker0 -j DROP
            iptables -t raw -A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
            iptables -t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
            iptables -N KUBE-FORWARD; iptables -A FORWARD -j KUBE-FORWARD
            iptables -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP
            iptables -A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
            iptables -t nat -N KUBE-POSTROUTING; iptables -t nat -A POSTROUTING -j KUBE-POSTROUTING
            iptables -t nat -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
            iptables -t nat -A KUBE-POSTROUTING -j MASQUERADE --random-fully
            """;

    static Report examine(FieldHost host, String... flags) throws IOException {
        return host.host().call(() -> Doctor.examine(LocalFlannel.find(List.of(flags), Map.of()), true));
    }

    private static String config(String families, boolean nftables, String backend) {
        return "{%s,\"EnableNFTables\":%b,\"Backend\":%s}".formatted(families, nftables, backend);
    }

    @Test
    void aHealthyHostHasNothingWrongWithAnyBackend() throws Exception {
        String v4 = "\"Network\":\"" + Field.NETWORK + "\"";
        String both = v4 + ",\"EnableIPv6\":true,\"IPv6Network\":\"fd00:70::/48\"";
        try (Field field = Field.with(config(both, false, "{\"Type\":\"vxlan\"}"))) {
            for (int number : List.of(1, 2)) {
                field.host(number)
                        .sh(
                                "ip -6 addr add 2001:db8:2::1%d/64 dev eth0 nodad; ip -6 route add default via 2001:db8:2::1"
                                        .formatted(number));
                field.host(number).run("--ip-masq");
                field.host(number).pod();
                field.host(number).sh("ip link add docker0 type bridge; ip addr add 172.17.0.1/16 dev docker0");
            }
            FieldHost host = field.host(1);
            assertThat(host.reaches(field.host(2))).isTrue();
            for (String config : List.of(
                    config(both, false, "{\"Type\":\"vxlan\"}"),
                    config(both, true, "{\"Type\":\"vxlan\",\"DirectRouting\":true}"),
                    config(both, true, "{\"Type\":\"vxlan\",\"External\":true}"),
                    config(both, false, "{\"Type\":\"host-gw\"}"),
                    config(both, false, "{\"Type\":\"udp\"}"),
                    config(both, true, "{\"Type\":\"alloc\"}"))) {
                field.put("config", config);
                String type = config.replaceFirst(".*\"Type\":\"([a-z-]+).*", "$1");
                for (int number : List.of(1, 2)) {
                    eventually(
                            config,
                            () -> field.host(number).status().contains("\"backend\":\"" + type + "\"")
                                    && field.host(number).status().contains("\"state\":\"ready\""));
                }
                if (config.contains("\"EnableNFTables\":false")) {
                    host.sh("iptables-save | grep -q KUBE-FORWARD || {\n" + RULES + "}");
                } else {
                    host.sh(
                            "iptables -F; iptables -t nat -F; iptables -t raw -F; iptables -P FORWARD ACCEPT; iptables -X || :; iptables -t nat -X || :");
                }
                Report report = examine(host);
                assertThat(report.found()).as(config).isEmpty();
                assertThat(report.unexamined()).as(config).isEmpty();
                assertThat(report.probed()).isEqualTo(2);
            }
            host.sh("echo 1 > /proc/sys/net/ipv6/conf/cni0/disable_ipv6");
            assertThat(examine(host).found())
                    .anyMatch(it -> it.check() == Check.IPV6_OFF
                            && it.remedy().equals("sysctl -w net.ipv6.conf.cni0.disable_ipv6=0"));
            host.sh("cd /proc/sys/net/ipv6/conf; echo 0 > cni0/disable_ipv6; echo 1 > eth0/disable_ipv6");
            assertThat(examine(host).found())
                    .noneMatch(it -> it.check() == Check.ADDRESS_GONE)
                    .anyMatch(it -> it.check() == Check.IPV6_OFF
                            && it.remedy().equals("sysctl -w net.ipv6.conf.eth0.disable_ipv6=0"));
        }
    }
}
