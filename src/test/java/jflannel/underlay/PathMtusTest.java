package jflannel.underlay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import jflannel.ip.Ip;
import jflannel.kernel.Link;
import jflannel.kernel.Path;
import org.junit.jupiter.api.Test;

class PathMtusTest {
    private static final Link ETH0 = new Link(2, "eth0", "", 1500, null, true, 0, null);
    private static final Link VPN0 = new Link(3, "vpn0", "tun", 1420, null, true, 0, null);

    private static PeerPath path(String peer, Link link, int routeMtu, boolean learned) {
        return new PeerPath(
                Ip.parse(peer), new Path(null, link.index(), null, 254, Path.Kind.HOST, routeMtu, learned), link);
    }

    @Test
    void aPathOfTheUsualSizeIsNotWorthAWord() {
        PathMtus mtus =
                new PathMtus(1500, List.of(path("192.0.2.1", ETH0, 0, false), path("192.0.2.2", ETH0, 9000, false)));
        assertThat(mtus.words()).isEmpty();
    }

    @Test
    void whatIsNarrowerIsToldOncePerCause() {
        PathMtus mtus = new PathMtus(
                1500,
                List.of(
                        path("192.0.2.9", VPN0, 0, false),
                        path("192.0.2.1", ETH0, 0, false),
                        path("192.0.2.10", VPN0, 0, false),
                        path("192.0.2.8", VPN0, 0, false),
                        path("192.0.2.7", ETH0, 1300, false)));
        assertThat(mtus.words())
                .contains("192.0.2.7 is reached through a route out of eth0, which carries 1300 bytes, not 1500;"
                        + " 192.0.2.8 and 2 other nodes are reached through vpn0, which carries 1420 bytes, not 1500");
    }

    @Test
    void hostsThatTakeLessAreNamed() {
        PathMtus mtus =
                new PathMtus(9000, List.of(host("192.0.2.3", 1400), host("192.0.2.1", 1500), host("192.0.2.2", 1500)));
        assertThat(mtus.words())
                .contains("192.0.2.3 publishes an MTU of 1400, and this node's is 9000;"
                        + " 192.0.2.1 and 1 other node publish no MTU above 1500, and this node's is 9000");
    }

    private static PeerPath host(String peer, int accepted) {
        Link jumbo = new Link(2, "eth0", "", 9000, null, true, 0, null);
        PeerPath path = path(peer, jumbo, 0, false);
        return new PeerPath(path.peer(), path.path(), jumbo, accepted);
    }

    @Test
    void whatWasLearnedFromAMessageIsNotReliedOn() {
        PathMtus mtus = new PathMtus(1500, List.of(path("192.0.2.1", ETH0, 552, true)));
        assertThat(mtus.words()).isEmpty();
    }
}
