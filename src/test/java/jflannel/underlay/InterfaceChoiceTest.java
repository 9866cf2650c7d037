package jflannel.underlay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.Address;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Kernel;
import jflannel.kernel.Link;
import jflannel.kernel.Route;
import jflannel.lease.ConfigException;
import jflannel.linux.Errno;
import jflannel.linux.KernelException;
import jflannel.options.Options;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterfaceChoiceTest {
    /// A node as most are: `name mtu address…`, where an address may end in `!deprecated`, `!dynamic` or `!temporary`.
    private static final String NODE = """
            lo 65536 127.0.0.1 ::1
            eth0 1500 192.0.2.10 2001:db8::10 fe80::10
            eth1 9001 10.1.0.10 10.1.0.11 fd00:1::10
            wg0 1420 10.9.0.1
            flat 0 10.8.0.1
            """;

    private static final String ROUTES = "0.0.0.0/0 eth0 100, ::/0 eth0 1024, 10.0.0.0/8 eth1 0";

    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource(delimiter = ';', nullValues = "-", useHeadersInDisplayName = true, textBlock = """
            stack ; flags                                            ; chosen
            4     ; -                                                ; eth0 1500 192.0.2.10
            6     ; -                                                ; eth0 1500 2001:db8::10
            46    ; -                                                ; eth0 1500 192.0.2.10 2001:db8::10
            4     ; --iface=eth1                                     ; eth1 9001 10.1.0.10
            6     ; --iface=eth1                                     ; eth1 9001 fd00:1::10
            46    ; --iface=eth1                                     ; eth1 9001 10.1.0.10 fd00:1::10
            4     ; --iface=10.1.0.11                                ; eth1 9001 10.1.0.11
            6     ; --iface=fe80::10                                 ; eth0 1500 fe80::10
            46    ; --iface=10.1.0.11                                ; eth1 9001 10.1.0.11 fd00:1::10
            46    ; --iface=fd00:1::10                               ; eth1 9001 10.1.0.10 fd00:1::10
            46    ; --iface=192.0.2.10 --public-ipv6=fe80::10        ; eth0 1500 192.0.2.10 fe80::10
            46    ; --iface=2001:db8::10 --public-ipv6=fe80::10      ; eth0 1500 192.0.2.10 2001:db8::10 as fe80::10
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
            46    ; --iface-regex=(^10\\.1\\..*11$|^fd00)            ; eth1 9001 10.1.0.11 fd00:1::10
            46    ; --iface-regex=^(10\\.1|eth1)                     ; eth1 9001 10.1.0.10 fd00:1::10
            46    ; --iface-regex=^10\\.1                            ; -
            4     ; --iface-can-reach=10.2.3.4                       ; eth1 9001 10.1.0.11
            4     ; --iface-can-reach=198.51.100.1                   ; eth0 1500 192.0.2.10
            46    ; --iface-can-reach=10.2.3.4                       ; eth1 9001 10.1.0.11 fd00:1::10
            4     ; --iface=nope --iface-can-reach=10.2.3.4          ; eth1 9001 10.1.0.11
            4     ; --iface-can-reach=10.2.3.4 --iface-regex=wg      ; wg0 1420 10.9.0.1
            4     ; --iface-can-reach=127.0.0.1                      ; -
            4     ; --iface-can-reach=203.0.113.9                    ; -
            4     ; --public-ip=10.1.0.11                            ; eth1 9001 10.1.0.11
            46    ; --public-ip=10.1.0.11                            ; eth1 9001 10.1.0.11 fd00:1::10
            6     ; --public-ip=10.1.0.11                            ; eth0 1500 2001:db8::10
            4     ; --public-ipv6=fd00:1::10                         ; eth0 1500 192.0.2.10
            6     ; --public-ipv6=fd00:1::10                         ; eth1 9001 fd00:1::10
            46    ; --public-ipv6=fd00:1::10                         ; eth1 9001 10.1.0.10 fd00:1::10
            46    ; --public-ip=10.1.0.11 --public-ipv6=fd00:1::10   ; eth1 9001 10.1.0.11 fd00:1::10
            4     ; --public-ip=203.0.113.5                          ; -
            4     ; --public-ip=203.0.113.5 --iface=eth0             ; eth0 1500 192.0.2.10 as 203.0.113.5
            4     ; --public-ip=203.0.113.5 --iface=192.0.2.10       ; eth0 1500 192.0.2.10 as 203.0.113.5
            4     ; --public-ip=203.0.113.5 --iface-regex=eth1       ; eth1 9001 10.1.0.10 as 203.0.113.5
            4     ; --public-ip=203.0.113.5 --iface-can-reach=10.2.3.4 ; eth1 9001 10.1.0.11 as 203.0.113.5
            46    ; --public-ipv6=2001:db8:f::1 --iface=eth0         ; eth0 1500 192.0.2.10 2001:db8::10 as 192.0.2.10 2001:db8:f::1
            46    ; --public-ipv6=2001:db8:f::1 --iface=192.0.2.10   ; -
            46    ; --public-ipv6=fd00:1::10 --iface=192.0.2.10      ; -
            6     ; --iface=wg0                                      ; -
            4     ; --iface=flat                                     ; -
            """)
    void choosesLikeGoFlannel(String stack, String flags, String chosen) {
        if (chosen == null) {
            assertThatThrownBy(() -> choose(NODE, ROUTES, stack, flags)).isInstanceOf(ConfigException.class);
        } else {
            assertThat(words(choose(NODE, ROUTES, stack, flags))).isEqualTo(chosen);
        }
    }

    @ParameterizedTest(name = "{0} gives {1}")
    @CsvSource(delimiter = '|', textBlock = """
            fe80::1 2001:db8::1                                 | 2001:db8::1
            2001:db8::1!dynamic 2001:db8::2                     | 2001:db8::2
            2001:db8::1!temporary 2001:db8::2                   | 2001:db8::2
            2001:db8::1!temporary 2001:db8::2!dynamic           | 2001:db8::1
            2001:db8::1!deprecated 2001:db8::2                  | 2001:db8::2
            2001:db8::1 2001:db8::2                             | 2001:db8::1
            2001:db8::1!dynamic fe80::1                         | 2001:db8::1
            ff02::1 ::1 fe80::1                                 | fe80::1
            """)
    void takesTheAddressThatOthersCanUseBest(String addresses, String best) {
        assertThat(words(choose("eth0 1500 " + addresses, "::/0 eth0 1024", "6", null)))
                .isEqualTo("eth0 1500 " + best);
    }

    @Test
    void takesTheDefaultRouteWithTheLowestMetricThatLeadsOutside() {
        String node = "lo 65536 127.0.0.1\na 1500 192.0.2.1\nb 1500 192.0.2.2\nc 1500 192.0.2.3";
        assertThat(words(choose(node, "0.0.0.0/0 lo 1, 0.0.0.0/0 gone 2, 0.0.0.0/0 c 200, 0.0.0.0/0 b 100", "4", null)))
                .isEqualTo("b 1500 192.0.2.2");
    }

    @Test
    void neverTakesABlackholeForTheWayOut() {
        InterfaceChoice choice = new InterfaceChoice(
                links("eth0 1500 192.0.2.1"),
                addresses("eth0 1500 192.0.2.1"),
                List.of(new Route(Cidr.all(Family.IPV4), null, 1, false, Route.BOOT, 0, Route.BLACKHOLE)),
                null);
        assertThatThrownBy(() -> choice.choose(Options.parse(List.of(), Map.of()).iface, Set.of(Family.IPV4)))
                .isInstanceOf(ConfigException.class);
    }

    @ParameterizedTest(name = "{0} with {1}")
    @CsvSource(delimiter = '|', nullValues = "-", quoteCharacter = '`', textBlock = """
            46 | -                       | 0.0.0.0/0 eth0 0, ::/0 eth1 1024 | the default routes of IPv4 and IPv6: "eth0 and eth1" cannot be used. They must leave by the same interface; or name one with --iface.
            4  | -                       | ::/0 eth0 1024                   | this node has no IPv4 default route. Name the interface that carries traffic between nodes: --iface=eth0.
            4  | --public-ip=203.0.113.5 | 0.0.0.0/0 eth0 0                 | --public-ip: "203.0.113.5" cannot be used. No interface of this node has that address. If it is that of a NAT, name the interface: --public-ip=203.0.113.5 --iface=eth0.
            4  | --iface=ens3            | 0.0.0.0/0 eth0 0                 | --iface: "ens3" cannot be used. No interface of this node has that name.
            6  | --iface=wg0             | ::/0 eth0 0                      | --iface: "wg0" cannot be used. wg0 has no usable IPv6 address.
            """)
    void saysWhatIsWrongAndWhatThereIs(String stack, String flags, String routes, String message) {
        assertThatThrownBy(() -> choose(NODE, routes, stack, flags))
                .hasMessage(message + "\nInterfaces of this node: lo (127.0.0.1, ::1),"
                        + " eth0 (192.0.2.10, 2001:db8::10, fe80::10), eth1 (10.1.0.10, 10.1.0.11, fd00:1::10),"
                        + " wg0 (10.9.0.1), flat (10.8.0.1).");
    }

    @Test
    void letsIfaceDecideWhenDefaultRoutesDiffer() {
        assertThat(words(choose(NODE, "0.0.0.0/0 eth0 0, ::/0 eth1 1024", "46", "--iface=eth1")))
                .isEqualTo("eth1 9001 10.1.0.10 fd00:1::10");
    }

    @Test
    void namesEveryMiss() {
        assertThatThrownBy(() -> choose(NODE, ROUTES, "4", "--iface=a --iface-regex=zz --iface-can-reach=203.0.113.9"))
                .message()
                .contains("--iface: \"a\"", "--iface-regex: \"zz\"", "--iface-can-reach: \"203.0.113.9\"")
                .contains("Network is unreachable");
    }

    private static Underlay choose(String node, String routes, String stack, String flags) {
        List<Link> links = links(node);
        Set<Family> families = stack.chars()
                .mapToObj(c -> c == '4' ? Family.IPV4 : Family.IPV6)
                .collect(Collectors.toSet());
        List<String> words = flags == null ? List.of() : List.of(flags.split(" "));
        return new InterfaceChoice(links, addresses(node), routes(routes, links), InterfaceChoiceTest::way)
                .choose(Options.parse(words, Map.of()).iface, families);
    }

    /// What `ip route get` would say on [#NODE].
    private static Kernel.Reach way(Ip destination) throws KernelException {
        return switch (destination.toString()) {
            case "10.2.3.4" -> new Kernel.Reach(Ip.parse("10.1.0.1"), 3, Ip.parse("10.1.0.11"));
            case "198.51.100.1" -> new Kernel.Reach(Ip.parse("192.0.2.1"), 2, null);
            case "127.0.0.1" -> new Kernel.Reach(null, 1, destination);
            default -> throw new KernelException("route to " + destination, Errno.ENETUNREACH.number(), null);
        };
    }

    private static String words(Underlay underlay) {
        String own = words(underlay.addresses());
        String published = words(underlay.publicIps());
        String as = published.equals(own) ? "" : " as " + published;
        // an IPv6 address that differs alone is shown alone
        if (underlay.publicIps().size() == 2
                && underlay.publicIps().get(Family.IPV6).isLinkLocal()
                && !as.isEmpty()) {
            as = " as " + underlay.publicIps().get(Family.IPV6);
        }
        return underlay.device() + " " + underlay.mtu() + " " + own + as;
    }

    private static String words(Map<Family, Ip> ips) {
        return Stream.of(Family.values())
                .filter(ips::containsKey)
                .map(family -> ips.get(family).toString())
                .collect(Collectors.joining(" "));
    }

    private static List<Link> links(String node) {
        List<Link> links = new ArrayList<>();
        for (String line : node.strip().split("\n")) {
            String[] words = line.split(" ");
            links.add(new Link(links.size() + 1, words[0], "", Integer.parseInt(words[1]), null, true, 0, null));
        }
        return links;
    }

    private static List<InterfaceAddress> addresses(String node) {
        List<InterfaceAddress> addresses = new ArrayList<>();
        int index = 0;
        for (String line : node.strip().split("\n")) {
            index++;
            for (String word : line.split(" ")) {
                if (word.matches("[0-9a-f]*[.:].*")) {
                    Ip ip = Ip.parse(word.replaceFirst("!.*", ""));
                    addresses.add(new InterfaceAddress(
                            new Address(index, ip, 24),
                            word.endsWith("!deprecated"),
                            !word.endsWith("!dynamic"),
                            word.endsWith("!temporary")));
                }
            }
        }
        return addresses;
    }

    private static List<Route> routes(String text, List<Link> links) {
        return Stream.of(text.split(", "))
                .map(line -> line.split(" "))
                .map(words -> new Route(
                        Cidr.parse(words[0]),
                        null,
                        links.stream()
                                .filter(link -> link.name().equals(words[1]))
                                .mapToInt(Link::index)
                                .findFirst()
                                .orElse(99),
                        false,
                        Route.BOOT,
                        Integer.parseInt(words[2]),
                        Route.UNICAST))
                .toList();
    }
}
