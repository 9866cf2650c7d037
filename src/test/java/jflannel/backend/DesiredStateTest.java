package jflannel.backend;

import static jflannel.backend.Cluster.config;
import static jflannel.backend.Cluster.dualConfig;
import static jflannel.backend.Cluster.dualLease;
import static jflannel.backend.Cluster.dualOwn;
import static jflannel.backend.Cluster.lease;
import static jflannel.backend.Cluster.underlay;
import static jflannel.backend.Cluster.vtep;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.kernel.KernelObject;
import jflannel.kernel.OnlinkGateways;
import jflannel.kernelpath.Carrier;
import jflannel.lease.Lease;
import jflannel.lease.NetworkConfig;
import jflannel.lease.Peers;
import jflannel.names.Names;
import jflannel.underlay.HostNetworks;
import jflannel.underlay.Underlay;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DesiredStateTest {
    private static final HostNetworks HOST = new HostNetworks(
            Set.of(Cidr.parse("10.5.0.0/16")),
            List.of(new HostNetworks.Attached(Cidr.parse("10.5.7.0/26"), "eth1")),
            List.of(),
            new TreeMap<>(Map.of(Ip.parse("10.5.9.53"), new HostNetworks.Need("the store", false))),
            Set.of(),
            List.of(),
            Set.of(),
            false);
    private static final KernelFacts FACTS = new KernelFacts(
            Map.of("flannel.1", 7, "flannel0", 8),
            Map.of(Family.IPV4, 2),
            Map.of(),
            HOST,
            OnlinkGateways.NONE,
            Carrier.none(""));

    private static DesiredState state(String type, Peers peers) {
        NetworkConfig config = config("{\"Type\":\"" + type + "\"}");
        Backend backend = Backends.create(config, Names.DEFAULT, underlay("192.0.2.1"), List.of(), Optional.empty());
        return new DesiredState(
                backend,
                RouteTable.MAIN,
                config,
                underlay("192.0.2.1"),
                lease(type, "10.5.1.0/24", "192.0.2.1", vtep("02:00:00:00:00:01")),
                peers);
    }

    /// Of ten subnets, hosts and MAC addresses, so that they often want the same; now and then one that makes no
    /// sense, and a host that is among the pods.
    private static Lease any(String type, Random random, boolean apart) {
        int number = 2 + random.nextInt(10);
        int host = apart ? number : 2 + random.nextInt(10);
        String at = !apart && random.nextInt(20) == 0
                ? "10.5." + host + ".4"
                : "192.0.2." + (host + random.nextInt(2) * 100);
        String mac = "02:00:00:00:01:%02x".formatted(apart ? number : random.nextInt(10));
        String data = random.nextInt(10) == 0 ? "{\"VtepMAC\":7}" : vtep(mac);
        return lease(random.nextInt(15) == 0 ? "ipip" : type, "10.5." + number + ".0/24", at, data);
    }

    @ParameterizedTest
    @CsvSource({"vxlan, TUNNEL", "host-gw, DIRECT", "udp, TUNNEL", "alloc, NONE"})
    void saysHowPacketsReachAPeer(String type, PeerLink.Kind kind) {
        Lease peer = lease(type, "10.5.2.0/24", "192.0.2.2", vtep("02:00:00:00:00:02"));
        DesiredState state = state(type, Peers.of(List.of(peer)));
        state.rebuild(FACTS);
        assertThat(state.link(peer.key(), Set.of(7, 8)).kind()).isEqualTo(kind);
        assertThat(state.link("another", Set.of(7, 8))).isEqualTo(PeerLink.UNKNOWN);
    }

    @Test
    void saysWhichPeersTheDaemonCarriesThePacketsOf() {
        Lease peer = lease("udp", "10.5.2.0/24", "192.0.2.2");
        DesiredState state = state("udp", Peers.of(List.of(peer)));
        state.rebuild(FACTS);
        assertThat(state.link(peer.key(), Set.of(8)).daemon())
                .isEqualTo(state.carriers().byDaemon().get("10.5.2.0/24"))
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"vxlan", "host-gw", "udp"})
    void howItCameAboutMakesNoDifference(String type) {
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            Peers peers = new Peers();
            DesiredState state = state(type, peers);
            state.rebuild(FACTS);
            Map<Object, KernelObject> given = byKey(state);
            for (int step = 0; step < 20; step++) {
                for (int i = random.nextInt(3); i >= 0; i--) {
                    Lease lease = any(type, random, seed % 2 == 0);
                    if (random.nextInt(3) == 0) {
                        peers.remove(lease.key());
                    } else {
                        peers.put(lease);
                    }
                }
                DesiredState.Changes changes = state.update(peers.takeChanges().keys(), FACTS);
                changes.before()
                        .forEach((key, object) -> assertThat(given.remove(key)).isEqualTo(object));
                given.putAll(changes.now());
                DesiredState fresh = state(type, peers);
                fresh.rebuild(FACTS);
                assertThat(byKey(state))
                        .as("seed %d, step %d", seed, step)
                        .isEqualTo(byKey(fresh))
                        .isEqualTo(given);
                assertThat(state.ignored()).isEqualTo(fresh.ignored());
                assertThat(state.endpoints()).isEqualTo(fresh.endpoints());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"vxlan", "host-gw", "udp"})
    void newsOfOnePeerChangesWhatThatOneNeeds(String type) {
        Peers peers = new Peers();
        for (int i = 2; i < 200; i++) {
            peers.put(lease(
                    type,
                    "10.5." + (i == 7 ? 250 : i) + ".0/24",
                    "192.0.2." + i,
                    vtep("02:00:00:00:02:%02x".formatted(i))));
        }
        DesiredState state = state(type, peers);
        state.rebuild(FACTS);
        peers.takeChanges();
        peers.put(lease(type, "10.5.20.0/24", "198.51.100.20", vtep("02:00:00:00:03:20")));
        peers.remove(List.of(Cidr.parse("10.5.21.0/24")));
        DesiredState.Changes changes = state.update(peers.takeChanges().keys(), FACTS);
        assertThat(changes.before().size() + changes.now().size()).isLessThanOrEqualTo(9);
    }

    @Test
    void aSubnetOfTwoLeasesStaysLeftOutUntilBothAreGone() {
        NetworkConfig config = dualConfig("{\"Type\":\"host-gw\"}");
        Underlay underlay = underlay("192.0.2.1", "2001:db8::1");
        Backend backend = Backends.create(config, Names.DEFAULT, underlay, List.of(), Optional.empty());
        Peers peers = new Peers();
        DesiredState state = new DesiredState(backend, RouteTable.MAIN, config, underlay, dualOwn(), peers);
        state.rebuild(FACTS);
        Lease one = dualLease("host-gw", "10.5.7.0/24", "fd05:0:0:7::/64", "192.0.2.7", "2001:db8::7");
        Lease other = dualLease("host-gw", "10.5.7.0/24", "fd05:0:0:8::/64", "192.0.2.8", "2001:db8::8");
        peers.put(one);
        peers.put(other);
        state.update(peers.takeChanges().keys(), FACTS);
        Cidr subnet = Cidr.parse("10.5.7.0/24");
        assertThat(state.ignored()).containsKey(subnet);
        peers.remove(one.key());
        state.update(peers.takeChanges().keys(), FACTS);
        assertThat(state.ignored()).containsKey(subnet);
        peers.remove(other.key());
        state.update(peers.takeChanges().keys(), FACTS);
        assertThat(state.ignored()).doesNotContainKey(subnet);
    }

    private static Map<Object, KernelObject> byKey(DesiredState state) {
        Map<Object, KernelObject> byKey = new HashMap<>();
        state.objects().forEach(object -> byKey.put(object.key(), object));
        return byKey;
    }
}
