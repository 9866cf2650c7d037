package jflannel.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import jflannel.status.Board;
import org.junit.jupiter.api.Test;

class LifelinesTest {
    private static final List<String> STORE = List.of("etcd.example", "192.0.2.9");

    private final Map<String, String> names = new ConcurrentHashMap<>(Map.of("192.0.2.9", "192.0.2.9"));
    private final List<Set<Ip>> heard = new CopyOnWriteArrayList<>();

    private Lifelines lifelines() {
        return new Lifelines(
                () -> STORE,
                this::addresses,
                Duration.ofMillis(10),
                new Board(),
                servers -> heard.add(servers.store()));
    }

    private List<Ip> addresses(String host) throws UnknownHostException {
        String found = names.get(host);
        if (found == null) {
            throw new UnknownHostException(host);
        }
        return List.of(Ip.parse(found));
    }

    private static Set<Ip> ips(String... ips) {
        return Set.of(ips).stream().map(Ip::parse).collect(Collectors.toSet());
    }

    @Test
    void findsTheAddressesOfNamesAndFollowsThem() {
        names.put("etcd.example", "10.5.2.7");
        try (Lifelines _ = lifelines()) {
            await().untilAsserted(() -> assertThat(heard).containsExactly(ips("10.5.2.7", "192.0.2.9")));
            names.put("etcd.example", "10.5.3.7");
            await().untilAsserted(() -> assertThat(heard).last().isEqualTo(ips("10.5.3.7", "192.0.2.9")));
        }
    }

    @Test
    void aNameThatIsNotFoundAnyMoreKeepsItsAddresses() {
        names.put("etcd.example", "10.5.2.7");
        try (Lifelines _ = lifelines()) {
            await().until(() -> heard.size() == 1);
            names.remove("etcd.example");
            names.put("192.0.2.9", "192.0.2.10"); // so that it can be seen that another look has ended
            await().untilAsserted(() -> assertThat(heard).last().isEqualTo(ips("10.5.2.7", "192.0.2.10")));
        }
    }

    @Test
    void theHostNeedsWhatIsKnownWhileANameIsStillLookedUp() {
        try (Lifelines _ = lifelines()) {
            await().untilAsserted(() -> assertThat(heard).containsExactly(ips("192.0.2.9")));
            names.put("etcd.example", "10.5.2.7");
            await().untilAsserted(() -> assertThat(heard).last().isEqualTo(ips("10.5.2.7", "192.0.2.9")));
        }
    }

    @Test
    void noSubnetIsTakenThatCoversAServer() {
        HostGuard guard = new HostGuard(false);
        guard.needs(new Lifelines.Servers(ips("10.5.2.7"), ips("10.5.4.53")));
        assertThat(guard.forbids(Cidr.parse("10.5.2.0/24"))).isTrue();
        assertThat(guard.forbids(Cidr.parse("10.5.4.0/24"))).isTrue();
        assertThat(guard.forbids(Cidr.parse("10.5.3.0/24"))).isFalse();
    }
}
