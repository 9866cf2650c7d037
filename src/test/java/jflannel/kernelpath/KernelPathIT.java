package jflannel.kernelpath;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import jflannel.ip.Ip;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OwnNetns.class)
class KernelPathIT {
    private static final Settings.Uplink V4 = new Settings.Uplink(2, Ip.parse("192.0.2.1"));
    private static final Settings.Uplink V6 = new Settings.Uplink(3, Ip.parse("2001:db8::1"));

    /// Opening is the proof: the verifier takes the programs, and they do what they should to a packet.
    @Test
    void theProgramsWorkForEachChoiceOfFamilies() throws Exception {
        for (List<Settings.Uplink> uplinks : List.of(List.of(V4), List.of(V6), List.of(V4, V6))) {
            for (boolean sourceCheck : List.of(true, false)) {
                try (KernelPath path = KernelPath.open(new Settings(
                        7,
                        uplinks,
                        8285,
                        sourceCheck,
                        new Settings.Detour(4, 5),
                        new LocalTunnel(6, 77, 61000, true)))) {
                    assertThat(path.carrier().works()).isTrue();
                    assertThat(path.tally()).isEqualTo(new Tally(new Counts(0, 0, 0, 0, 0), 0, 0, 0, Map.of()));
                }
            }
        }
    }

    @Test
    void otherDevicesNeedOtherPrograms() throws Exception {
        Settings settings = new Settings(7, List.of(V4), 8285, true);
        try (KernelPath path = KernelPath.open(settings)) {
            Carrier before = path.carrier();
            path.suit(settings);
            assertThat(path.carrier()).isEqualTo(before);
            path.suit(new Settings(8, List.of(V4), 8285, true));
            assertThat(path.carrier().ingress().id())
                    .isNotEqualTo(before.ingress().id());
        }
    }
}
