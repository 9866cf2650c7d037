package jflannel.underlay;

import static java.util.stream.Collectors.joining;
import static jflannel.underlay.Choosing.choose;
import static jflannel.underlay.Choosing.words;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterfaceChoiceTest {
    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource(delimiter = ';', nullValues = "-", useHeadersInDisplayName = true, textBlock = """
            stack ; flags                                            ; chosen
            4     ; -                                                ; eth0 1500 192.0.2.10
            6     ; -                                                ; eth0 1500 2001:db8::10
            46    ; -                                                ; eth0 1500 192.0.2.10 + eth0 1500 2001:db8::10
            4     ; --iface=eth1                                     ; eth1 9001 10.1.0.10
            6     ; --iface=eth1                                     ; eth1 9001 fd00:1::10
            46    ; --iface=eth1                                     ; eth1 9001 10.1.0.10 + eth1 9001 fd00:1::10
            4     ; --iface=10.1.0.11                                ; eth1 9001 10.1.0.11
            6     ; --iface=fe80::10                                 ; eth0 1500 fe80::10
            6     ; --iface=fe80::10%eth0                            ; eth0 1500 fe80::10
            6     ; --iface=[fe80::10]                               ; eth0 1500 fe80::10
            46    ; --iface=10.1.0.11                                ; eth1 9001 10.1.0.11 + eth1 9001 fd00:1::10
            46    ; --iface=fd00:1::10                               ; eth1 9001 10.1.0.10 + eth1 9001 fd00:1::10
            46    ; --iface=192.0.2.10 --public-ipv6=fe80::10        ; eth0 1500 192.0.2.10 + eth0 1500 fe80::10
            46    ; --iface=2001:db8::10 --public-ipv6=fe80::10      ; eth0 1500 192.0.2.10 + eth0 1500 2001:db8::10 as fe80::10
            4     ; --iface=fd00:1::10                               ; eth1 9001 10.1.0.10
            4     ; --iface=127.0.0.1                                ; lo 65536 127.0.0.1
            4     ; --iface=nope --iface=eth1 --iface=eth0           ; eth1 9001 10.1.0.10
            6     ; --iface=wg0 --iface=eth1                         ; eth1 9001 fd00:1::10
            4     ; --iface=flat --iface=wg0                         ; wg0 1420 10.9.0.1
            4     ; --iface-regex=eth1 --iface=wg0                   ; wg0 1420 10.9.0.1
            4     ; --iface-regex=^10\\.1\\..*1$                     ; eth1 9001 10.1.0.11
            4     ; --iface-regex=^10\\.                             ; eth1 9001 10.1.0.10
            4     ; --iface-regex=wg.*                               ; wg0 1420 10.9.0.1
            4     ; --iface-regex=nope --iface-regex=wg              ; wg0 1420 10.9.0.1
            4     ; --iface-regex=.*                                 ; eth0 1500 192.0.2.10
            4     ; --iface-regex=o                                  ; -
            6     ; --iface-regex=^fd00                              ; eth1 9001 fd00:1::10
            46    ; --iface-regex=(^10\\.1\\..*11$|^fd00)            ; eth1 9001 10.1.0.11 + eth1 9001 fd00:1::10
            46    ; --iface-regex=^(10\\.1|eth1)                     ; eth1 9001 10.1.0.10 + eth1 9001 fd00:1::10
            46    ; --iface-regex=^10\\.1                            ; -
            4     ; --iface-can-reach=10.2.3.4                       ; eth1 9001 10.1.0.11
            4     ; --iface-can-reach=198.51.100.1                   ; eth0 1500 192.0.2.10
            46    ; --iface-can-reach=10.2.3.4                       ; eth1 9001 10.1.0.11 + eth1 9001 fd00:1::10
            4     ; --iface=nope --iface-can-reach=10.2.3.4          ; eth1 9001 10.1.0.11
            4     ; --iface-can-reach=10.2.3.4 --iface-regex=wg      ; wg0 1420 10.9.0.1
            4     ; --iface-can-reach=10.1.0.10                      ; eth1 9001 10.1.0.10
            4     ; --iface-can-reach=127.0.0.1                      ; -
            4     ; --public-ip=10.1.0.11                            ; eth1 9001 10.1.0.11
            46    ; --public-ip=10.1.0.11                            ; eth1 9001 10.1.0.11 + eth1 9001 fd00:1::10
            6     ; --public-ip=10.1.0.11                            ; eth0 1500 2001:db8::10
            4     ; --public-ipv6=fd00:1::10                         ; eth0 1500 192.0.2.10
            6     ; --public-ipv6=fd00:1::10                         ; eth1 9001 fd00:1::10
            46    ; --public-ipv6=fd00:1::10                         ; eth1 9001 10.1.0.10 + eth1 9001 fd00:1::10
            46    ; --public-ip=10.1.0.11 --public-ipv6=fd00:1::10   ; eth1 9001 10.1.0.11 + eth1 9001 fd00:1::10
            46    ; --public-ip=192.0.2.10 --public-ipv6=fd00:1::10  ; eth0 1500 192.0.2.10 + eth1 9001 fd00:1::10
            4     ; --public-ip=203.0.113.5                          ; -
            4     ; --public-ip=203.0.113.5 --iface=eth0             ; eth0 1500 192.0.2.10 as 203.0.113.5
            4     ; --public-ip=10.1.0.11 --iface=eth1               ; eth1 9001 10.1.0.11
            4     ; --public-ip=203.0.113.5 --iface=192.0.2.10       ; eth0 1500 192.0.2.10 as 203.0.113.5
            4     ; --public-ip=203.0.113.5 --iface-regex=eth1       ; eth1 9001 10.1.0.10 as 203.0.113.5
            4     ; --public-ip=203.0.113.5 --iface-can-reach=10.2.3.4 ; eth1 9001 10.1.0.11 as 203.0.113.5
            46    ; --public-ipv6=2001:db8:f::1 --iface=eth0         ; eth0 1500 192.0.2.10 + eth0 1500 2001:db8::10 as 2001:db8:f::1
            46    ; --public-ipv6=2001:db8:f::1 --iface=192.0.2.10   ; eth0 1500 192.0.2.10 + eth0 1500 2001:db8::10 as 2001:db8:f::1
            46    ; --public-ipv6=fd00:1::10 --iface=192.0.2.10      ; eth0 1500 192.0.2.10 + eth1 9001 fd00:1::10
            6     ; --iface=wg0                                      ; -
            4     ; --iface=flat                                     ; -
            """)
    void choosesLikeGoFlannelUnlessThatLeadsNowhere(String stack, String flags, String chosen) throws Exception {
        UnderlayChoice choice = choose(Choosing.NODE, stack, flags, List.of());
        if (chosen == null) {
            assertThat(choice).isInstanceOf(UnderlayChoice.Missing.class);
        } else {
            assertThat(words(choice)).isEqualTo(chosen);
        }
    }

    @ParameterizedTest(name = "{0} gives {1}")
    @CsvSource(delimiter = '|', textBlock = """
            fe80::1/64 2001:db8::1/64                                | 2001:db8::1
            2001:db8::1/64!dynamic 2001:db8::2/64                    | 2001:db8::2
            2001:db8::1/64!temporary 2001:db8::2/64                  | 2001:db8::2
            2001:db8::1/64!temporary 2001:db8::2/64!dynamic          | 2001:db8::1
            2001:db8::1/64!deprecated 2001:db8::2/64                 | 2001:db8::2
            2001:db8::1/64 2001:db8::2/64                            | 2001:db8::1
            2001:db8::1/64!dynamic fe80::1/64                        | 2001:db8::1
            2001:db8::1/64!dynamic fd00::1/64                        | fd00::1
            2001:db8::1/64!duplicate fe80::1/64                      | fe80::1
            2001:db8::1/64!tentative fe80::1/64                      | fe80::1
            2001:db8::100/128 2001:db8::1/64                         | 2001:db8::1
            2001:db8::100/128!deprecated 2001:db8::1/64              | 2001:db8::1
            ff02::1/64 ::1/128 fe80::1/64                            | fe80::1
            192.0.2.100/32 192.0.2.1/24                              | 192.0.2.1
            192.0.2.100/24!secondary 192.0.2.1/24                    | 192.0.2.1
            169.254.7.7/16 192.0.2.1/24                              | 192.0.2.1
            192.0.2.100/32!deprecated 192.0.2.1/24                   | 192.0.2.1
            198.51.100.7/24 192.0.2.1/24!dynamic                     | 198.51.100.7
            """)
    void takesTheAddressThatOthersCanUseBest(String addresses, String best) throws Exception {
        boolean ipv6 = best.contains(":");
        String node = "link eth0 1500\n"
                + Arrays.stream(addresses.split(" "))
                        .map(word -> "addr " + word.replace("!", " dev eth0 ").replaceFirst("^(\\S+)$", "$1 dev eth0"))
                        .collect(joining("\n"));
        assertThat(words(choose(node, ipv6 ? "6" : "4", "--iface=eth0", List.of())))
                .isEqualTo("eth0 1500 " + best);
    }

    /// Where the kernel has a route by a gateway, it sends from the address in the gateway's network.
    @Test
    void takesTheAddressThatTheKernelSendsFrom() throws Exception {
        String node = """
                link eth0 1500
                addr 192.0.2.100/32 dev eth0
                addr 10.1.0.1/24 dev eth0
                addr 192.0.2.1/24 dev eth0 dynamic
                route default via 192.0.2.254 dev eth0
                """;
        assertThat(words(choose(node, "4", "-", List.of()))).isEqualTo("eth0 1500 192.0.2.1");
        assertThat(words(choose(node, "4", "--iface=eth0", List.of()))).isEqualTo("eth0 1500 192.0.2.1");
        String named = node.replace("dev eth0\n", "dev eth0 src 192.0.2.100\n");
        assertThat(words(choose(named, "4", "--iface=eth0", List.of()))).isEqualTo("eth0 1500 192.0.2.100");
    }

    @ParameterizedTest(name = "{0}, known as {1}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            -                   | 192.0.2.11 | eth0 1500 192.0.2.11
            --iface=eth0        | 192.0.2.11 | eth0 1500 192.0.2.11
            --iface=eth0        | 10.1.0.1   | eth0 1500 192.0.2.100
            -                   | 10.1.0.1   | eth1 1500 10.1.0.1
            -                   | 10.2.0.1   | eth0 1500 192.0.2.100
            --iface-regex=.*    | 10.2.0.1   | eth2 1500 10.2.0.1
            --iface=192.0.2.100 | 192.0.2.11 | eth0 1500 192.0.2.100
            --public-ip=10.1.0.1 | 192.0.2.11 | eth1 1500 10.1.0.1
            -                   | 203.0.113.5 | eth0 1500 192.0.2.100
            """)
    void staysWhoItWas(String flags, String former, String chosen) throws Exception {
        String node = """
                link eth0 1500
                link eth1 1500
                link eth2 1500
                addr 192.0.2.100/24 dev eth0
                addr 192.0.2.11/24 dev eth0 secondary
                addr 10.1.0.1/24 dev eth1
                addr 10.2.0.1/24 dev eth2
                route default via 192.0.2.254 dev eth0
                route default via 10.1.0.254 dev eth1 metric 500
                """;
        assertThat(words(choose(node, "4", flags, List.of(Ip.parse(former))))).isEqualTo(chosen);
    }

    @Test
    void knowsAnInterfaceByAllItsNames() throws Exception {
        String node = """
                link eth0 1500 alt enp0s3
                addr 192.0.2.10/24 dev eth0
                addr 192.0.2.11/24 dev eth0 secondary label eth0:1
                """;
        assertThat(words(choose(node, "4", "--iface=enp0s3", List.of()))).isEqualTo("eth0 1500 192.0.2.10");
        assertThat(words(choose(node, "4", "--iface=eth0:1", List.of()))).isEqualTo("eth0 1500 192.0.2.11");
        assertThat(words(choose(node, "4", "--iface-regex=^enp", List.of()))).isEqualTo("eth0 1500 192.0.2.10");
    }
}
