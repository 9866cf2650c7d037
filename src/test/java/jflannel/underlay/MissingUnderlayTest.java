package jflannel.underlay;

import static jflannel.underlay.Choosing.choose;
import static jflannel.underlay.Choosing.chooser;
import static jflannel.underlay.Choosing.parsed;
import static jflannel.underlay.Choosing.words;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.lease.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is said where there is no interface, or none yet.
class MissingUnderlayTest {
    @ParameterizedTest(name = "{0} on {1}")
    @CsvSource(delimiter = '|', textBlock = """
            --iface=flannel.1        | flannel.1 1450 kind vxlan
            --iface=10.244.7.0       | flannel.1 1450 kind vxlan
            --iface=tunnel           | flannel.1 1450 kind vxlan alt tunnel
            --iface=flannel-v6.7     | flannel-v6.7 1430 kind vxlan
            --iface=flannel0         | flannel0 1472 kind tun
            --iface=flannel0-red     | flannel0-red 1472 kind tun
            --public-ip=10.244.7.0   | flannel.1 1450 kind vxlan
            """)
    void refusesTheDevicesThatFlannelMakes(String flag, String device) {
        String name = device.split(" ")[0];
        String node = "link " + device + "\naddr 10.244.7.0/32 dev " + name;
        assertThatThrownBy(() -> choose(node, "4", flag, List.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith(flag + " cannot be used. " + name + " is flanneld's own device for the pods");
    }

    @Test
    void anAdministratorMayNameADeviceThatOnlySoundsLikeFlannels() throws Exception {
        String node = "link flannel-lan 1500 kind bridge\naddr 192.0.2.7/24 dev flannel-lan";
        assertThat(words(choose(node, "4", "--iface=flannel-lan", List.of()))).isEqualTo("flannel-lan 1500 192.0.2.7");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            eth0@if5          | That is how ip shows the interface eth0: give --iface=eth0.
            2: eth0@if5:      | That is how ip shows the interface eth0: give --iface=eth0.
            eth0:             | That is how ip shows the interface eth0: give --iface=eth0.
            eth0,eth1         | It is a list, and the flag takes one interface: repeat it, as in --iface=eth0 --iface=eth1.
            eth0 eth1         | It is a list, and the flag takes one interface: repeat it, as in --iface=eth0 --iface=eth1.
            192.0.2.10/24     | Give the address without the prefix length: --iface=192.0.2.10.
            2001:db8::10/64   | Give the address without the prefix length: --iface=2001:db8::10.
            "eth0"            | The quotation marks are part of the value, since no shell removed them: write --iface=eth0 without them.
            'eth0'            | The quotation marks are part of the value, since no shell removed them: write --iface=eth0 without them.
            eth0"             | The quotation marks are part of the value, since no shell removed them: write --iface=eth0 without them.
            ""                | The quotation marks are part of the value, since no shell removed them: omit the flag.
            --iface=eth0      | The value repeats the name of the flag: write --iface=eth0.
            52:54:00:12:34:56 | It is a MAC address: give the name of the interface, as in --iface=eth0.
            eth/0             | No interface can have that name. Give one, such as --iface=eth0, or its address.
            """)
    void explainsWhatPeopleCopy(String value, String explanation) {
        InterfaceFlags flags = new InterfaceFlags(List.of(value), List.of(), Optional.empty(), Map.of());
        assertThatThrownBy(
                        () -> chooser(Choosing.NODE, "4", List.of(), List.of()).choose(flags))
                .isInstanceOf(ConfigException.class)
                .hasMessageStartingWith("--iface=" + value + " cannot be used. " + explanation + "\n")
                .hasMessageContaining("Interfaces of this node: lo (127.0.0.1, ::1), eth0 (192.0.2.10, ");
    }

    @ParameterizedTest(name = "{1} on {0}")
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            link eth1 1500                                    | --iface=eth0 | --iface=eth0: no interface of this node has that name
            link eth1 1500                                    | --iface=eth0:1 | --iface=eth0:1: no interface of this node has that name
            link eth1 1500                                    | --iface=192.0.2.7 | --iface=192.0.2.7: no interface of this node has that address
            link eth0 1500                                    | --iface=eth0 | eth0 has no usable IPv4 address
            link eth0 1500                                    | -            | this node has no IPv4 default route, and no route to the store
            link eth0 1500                                    | --public-ip=192.0.2.7 | no interface of this node has the public address 192.0.2.7
            link eth0 1500                                    | --iface-regex=^ens | --iface-regex=^ens matches no address and no name of an interface that leads outside
            link eth0 1500                                    | --iface-can-reach=192.0.2.7 | --iface-can-reach=192.0.2.7: this node has no route to 192.0.2.7: find the route to 192.0.2.7: Network is unreachable [errno 101]
            link eth0 1500 + addr 192.0.2.7/24 dev eth0 deprecated | --iface=eth0 | eth0 has no usable IPv4 address: 192.0.2.7 is deprecated
            link eth0 1500 + addr 192.0.2.7/24 dev eth0 scope 254  | --iface=eth0 | eth0 has no usable IPv4 address: 192.0.2.7 is valid only within this node
            link eth0 1500 + addr 192.0.2.7/24 dev eth0 tentative  | --iface=eth0 | eth0's IPv4 address is still checked for duplicates
            link eth0 1500 + addr 192.0.2.7/24 dev eth0 duplicate  | --iface=eth0 | eth0 has no usable IPv4 address: 192.0.2.7 is also in use on another node
            link eth0 1500                                    | --iface=ens3 --iface=eth0 | --iface=ens3: no interface of this node has that name; eth0 has no usable IPv4 address
            """)
    void waitsForWhatMayCome(String node, String flags, String what) throws Exception {
        assertThat(words(choose(node.replace(" + ", "\n"), "4", flags, List.of())))
                .isEqualTo(what);
    }

    @Test
    void namesTheSettingThatForbidsIpv6() throws Exception {
        FakeHost host = new FakeHost("link eth0.7 1500\naddr 192.0.2.1/24 dev eth0.7");
        InterfaceChoice choice = new InterfaceChoice(
                new Interfaces(host.links, host.addresses),
                NodeFacts.of(Set.of(Family.values())),
                host,
                "eth0.7"::equals);
        assertThat(words(choice.choose(parsed("--iface=eth0.7"))))
                .isEqualTo("IPv6 is off on eth0.7: net.ipv6.conf.eth0/7.disable_ipv6 is 1");
    }
}
