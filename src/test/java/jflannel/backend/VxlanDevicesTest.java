package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.underlay;
import static jflannel.backend.Cluster.vtep;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.ip.Mac;
import jflannel.lease.Announcement;
import jflannel.names.Names;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VxlanDevicesTest {
    /// The memory of a copied host is that of the one it was copied from, which still has its MAC address.
    @ParameterizedTest(name = "{0}")
    @CsvSource({"192.0.2.1, true", "192.0.2.77, false"})
    void theMacThatWasAnnouncedBeforeIsKeptAtTheSameAddressOnly(String address, boolean kept) {
        Mac before = Mac.parse("02:00:00:00:00:77");
        Announcement announced = new Announcement(
                Map.of(Family.IPV4, Ip.parse(address)), "vxlan", Map.of(Family.IPV4, vtep(before.toString())));
        VxlanDevices devices = new VxlanDevices(
                Set.of(Family.IPV4),
                VxlanOptions.of(config("{\"Type\":\"vxlan\"}")),
                Names.DEFAULT,
                underlay("192.0.2.1"),
                List.of(),
                Optional.of(announced));
        assertThat(devices.of(Family.IPV4).mac().equals(before)).isEqualTo(kept);
    }
}
