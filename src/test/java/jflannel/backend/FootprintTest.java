package jflannel.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.kernel.Address;
import jflannel.kernel.Device;
import jflannel.kernel.InterfaceAddress;
import jflannel.kernel.Link;
import jflannel.kernel.Vxlan;
import jflannel.lease.Announcement;
import jflannel.lease.NetworkConfig;
import jflannel.names.Names;
import jflannel.underlay.Underlay;
import org.junit.jupiter.api.Test;

class FootprintTest {
    private static final Underlay UNDERLAY = Cluster.underlay("192.0.2.1");
    private static final NetworkConfig CONFIG = Cluster.config("{\"Type\":\"vxlan\"}");
    private static final Ip INSIDE =
            CONFIG.pools().values().iterator().next().network().address();
    private static final Ip OUTSIDE = Ip.parse("203.0.113.9");
    private static final Mac OTHER = Mac.parse("02:00:00:00:00:09");

    /// The MAC address that a device of this name has for as long as this node has its address.
    private static Mac macOf(int vni) {
        NetworkConfig config = Cluster.config("{\"Type\":\"vxlan\",\"VNI\":" + vni + "}");
        return devices(config, Optional.empty()).getFirst().mac();
    }

    /// @param before what other nodes know about this one from an earlier run
    private static List<Device> devices(NetworkConfig config, Optional<Announcement> before) {
        return Backends.create(config, Names.DEFAULT, UNDERLAY, List.of(), before)
                .devices();
    }

    private static Set<String> abandoned(String name, int vni, Mac mac, Ip address) {
        return abandoned(name, vni, mac, address, devices(CONFIG, Optional.empty()));
    }

    private static Set<String> abandoned(String name, int vni, Mac mac, Ip address, List<Device> present) {
        Link link = new Link(5, name, "vxlan", 1450, mac, true, 0, new Vxlan(vni, 8472, null, 0, false, false));
        InterfaceAddress held = new InterfaceAddress(new Address(5, address, 32));
        return Footprint.abandoned(CONFIG, Names.DEFAULT, UNDERLAY, present, List.of(link), List.of(held))
                .devices();
    }

    @Test
    void aDeviceOfAnotherVniThatThisNodeMadeIsAbandoned() {
        assertThat(abandoned("flannel.7", 7, macOf(7), INSIDE)).containsExactly("flannel.7");
    }

    /// Peers go on sending to the MAC address that they know, whatever the VNI. So a device may have one that follows
    /// from the name of an earlier device.
    @Test
    void aDeviceWithTheMacAddressThatThisNodeIsKnownByIsAbandoned() {
        Announcement before = new Announcement(
                UNDERLAY.publicIps(), "vxlan", Map.of(Family.IPV4, new VtepData(OptionalInt.of(7), OTHER).json()));
        List<Device> present = devices(CONFIG, Optional.of(before));
        assertThat(abandoned("flannel.7", 7, OTHER, INSIDE, present)).containsExactly("flannel.7");
        assertThat(abandoned("vxlan7", 7, OTHER, INSIDE, present)).isEmpty();
    }

    @Test
    void aDeviceThatSomebodyElseMayHaveMadeIsNot() {
        assertThat(abandoned("flannel.7", 7, OTHER, INSIDE)).isEmpty();
        assertThat(abandoned("flannel.7", 7, macOf(7), OUTSIDE))
                .as("of another network")
                .isEmpty();
        assertThat(abandoned("vxlan7", 7, macOf(7), INSIDE)).isEmpty();
        assertThat(abandoned("flannel.7", 8, macOf(7), INSIDE)).isEmpty();
    }
}
