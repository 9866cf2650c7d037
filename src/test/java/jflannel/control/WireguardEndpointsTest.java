package jflannel.control;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.kernel.DesiredIndex;
import jflannel.kernel.KernelNews;
import jflannel.kernel.Ownership;
import jflannel.kernel.Repair;
import jflannel.kernel.WireguardKey;
import jflannel.kernel.WireguardPeer;
import jflannel.kernel.WireguardSecret;
import jflannel.kernel.WireguardState;
import org.junit.jupiter.api.Test;

class WireguardEndpointsTest {
    private static final WireguardPeer PUBLISHED = at("192.0.2.2");
    private static final WireguardPeer LEARNED = at("198.51.100.7");
    /// Of the last handshake, in seconds.
    private static final long HANDSHAKE = 1000;

    private final WireguardEndpoints endpoints = new WireguardEndpoints();

    private static WireguardPeer at(String host) {
        return new WireguardPeer(
                7,
                new WireguardKey(1, 2, 3, 4),
                WireguardSecret.NONE,
                Ip.parse(host),
                51820,
                0,
                Set.of(Cidr.parse("10.5.2.0/24")));
    }

    private List<KernelNews.PeerSilent> at(long seconds, WireguardPeer settings, long handshake, long sent) {
        WireguardState.Peer peer = new WireguardState.Peer(settings, handshake, 0, sent);
        return List.copyOf(
                endpoints.take(List.of(peer), seconds, seconds * 1_000_000_000).values());
    }

    private static Repair repair(KernelNews news) {
        DesiredIndex index = new DesiredIndex();
        index.replace(Map.of(), List.of(PUBLISHED), Ownership.NONE);
        return index.repairFor(news);
    }

    @Test
    void whereAPeerWasHeardAndWhereItPublishesToBeAreTriedInTurn() {
        assertThat(at(1100, LEARNED, HANDSHAKE, 500)).isEmpty();
        assertThat(at(2000, LEARNED, HANDSHAKE, 500)).as("nothing was sent").isEmpty();
        assertThat(at(2001, LEARNED, HANDSHAKE, 648)).isEmpty();
        assertThat(at(2016, LEARNED, HANDSHAKE, 944)).isEmpty();
        List<KernelNews.PeerSilent> first = at(2021, LEARNED, HANDSHAKE, 1092);
        assertThat(repair(first.getFirst())).isEqualTo(new Repair.Put(PUBLISHED));
        assertThat(at(2022, PUBLISHED, HANDSHAKE, 1240)).as("its turn begins").isEmpty();
        List<KernelNews.PeerSilent> second = at(2043, PUBLISHED, HANDSHAKE, 1500);
        assertThat(repair(second.getFirst())).isEqualTo(new Repair.Put(LEARNED));
        assertThat(at(2050, LEARNED, 2049, 1600)).as("it answers").isEmpty();
        assertThat(at(2100, LEARNED, 2049, 9000)).as("and a session lives").isEmpty();
    }

    @Test
    void aPeerThatNeverAnsweredStaysWhereItPublishesToBe() {
        at(2000, PUBLISHED, 0, 0);
        at(2001, PUBLISHED, 0, 148);
        List<KernelNews.PeerSilent> silent = at(2021, PUBLISHED, 0, 700);
        assertThat(repair(silent.getFirst())).isEqualTo(Repair.NOTHING);
    }

    @Test
    void whereAPeerWasHeardIsNoDifferenceLongAfterwards() {
        assertThat(repair(new KernelNews.PeerSeen(new WireguardState.Peer(LEARNED, HANDSHAKE, 1, 1))))
                .isEqualTo(Repair.NOTHING);
        assertThat(repair(new KernelNews.PeerSeen(new WireguardState.Peer(LEARNED, 0, 1, 1))))
                .as("where it was never heard")
                .isEqualTo(new Repair.Put(PUBLISHED));
    }
}
