package jflannel.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import jflannel.ip.Cidr;
import org.junit.jupiter.api.Test;

class InventoryTest {
    private int news;
    private final Inventory inventory = new Inventory(Set.of(PolicyKind.NETWORK), () -> news++);

    private static Inventory.Entry pod(String name, int created, List<Cidr> addresses) {
        return new Inventory.Entry(new Endpoint("ns", name, Map.of(), addresses, List.of()), "2026-01-0" + created);
    }

    private static Cidr address(int number) {
        return Cidr.parse("10.1.0." + number + "/32");
    }

    /// Pods come, go, and take each other's addresses; the plugin knows some better. Each time, whoever should have an
    /// address by the rule has it.
    @Test
    void an_address_belongs_to_the_attached_pod_or_else_to_the_youngest_whatever_came_before() {
        SplittableRandom random = new SplittableRandom(15);
        Map<String, Inventory.Entry> pods = new TreeMap<>();
        Map<String, List<Cidr>> attached = new HashMap<>();
        for (int step = 0; step < 2000; step++) {
            String name = "pod" + random.nextInt(6);
            String id = "ns/" + name;
            switch (random.nextInt(6)) {
                case 0 -> {
                    pods.remove(id);
                    inventory.removeEndpoint(id);
                }
                case 1 -> {
                    attached = new HashMap<>(attached);
                    if (attached.remove(id) == null) {
                        attached.put(id, List.of(address(10 + random.nextInt(4))));
                        Cidr taken = attached.get(id).getFirst();
                        attached.replaceAll((other, its) -> other.equals(id) || !its.contains(taken) ? its : List.of());
                    }
                    inventory.attach(attached);
                }
                case 2 -> inventory.listEndpoints(pods.values());
                default -> {
                    Inventory.Entry pod = pod(name, random.nextInt(4), List.of(address(10 + random.nextInt(4))));
                    pods.put(id, pod);
                    inventory.putEndpoint(pod);
                }
            }
            for (int number = 10; number < 14; number++) {
                assertThat(inventory.world().at(address(number).address()).map(Endpoint::id))
                        .as("step %d, address %d", step, number)
                        .isEqualTo(holder(address(number), pods, attached));
            }
        }
    }

    private static java.util.Optional<String> holder(
            Cidr address, Map<String, Inventory.Entry> pods, Map<String, List<Cidr>> attached) {
        List<String> claimants = new ArrayList<>();
        pods.forEach((id, pod) -> {
            if (attached.getOrDefault(id, pod.endpoint().addresses()).contains(address)) {
                claimants.add((attached.containsKey(id) ? "1" : "0") + pod.created() + id);
            }
        });
        return claimants.stream().max(String::compareTo).map(it -> it.substring(it.indexOf("ns/")));
    }

    @Test
    void what_is_not_concerned_by_news_stays_the_same_object_and_no_news_is_none() {
        inventory.putEndpoint(pod("a", 1, List.of(address(10))));
        inventory.putEndpoint(pod("b", 1, List.of(address(11))));
        Endpoint before = inventory.world().at(address(10).address()).orElseThrow();
        inventory.putEndpoint(pod("b", 1, List.of(address(12))));
        assertThat(inventory.world().at(address(10).address()).orElseThrow()).isSameAs(before);
        int sofar = news;
        inventory.putEndpoint(pod("a", 1, List.of(address(10))));
        inventory.removeEndpoint("ns/nobody");
        assertThat(news).isEqualTo(sofar);
    }
}
