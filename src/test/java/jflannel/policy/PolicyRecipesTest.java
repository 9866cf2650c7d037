package jflannel.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import jflannel.ip.Cidr;
import jflannel.ip.Ip;
import org.junit.jupiter.api.Test;

/// The recipes of docs/network-policy.md do what it says.
class PolicyRecipesTest {
    private static final String WEB = "10.1.0.1";
    private static final String CLIENT = "10.1.0.2";
    private static final String MONITOR = "10.1.0.3";
    private static final String OUTSIDE = "198.51.100.1";

    @Test
    void a_namespace_is_closed_to_others() throws Exception {
        Judge judge = with("same-namespace");
        assertThat(allows(judge, CLIENT, WEB, 80)).isTrue();
        assertThat(allows(judge, MONITOR, WEB, 80)).isFalse();
        assertThat(allows(judge, OUTSIDE, WEB, 80)).isFalse();
        assertThat(allows(judge, WEB, OUTSIDE, 80)).isTrue();
    }

    @Test
    void default_deny_closes_everything_and_allow_dns_opens_names_alone() throws Exception {
        Judge closed = with("default-deny");
        assertThat(allows(closed, CLIENT, WEB, 80)).isFalse();
        assertThat(allows(closed, WEB, OUTSIDE, 53)).isFalse();
        Judge names = with("default-deny", "allow-dns");
        assertThat(allows(names, WEB, OUTSIDE, 53)).isTrue();
        assertThat(allows(names, WEB, OUTSIDE, 80)).isFalse();
        assertThat(allows(names, OUTSIDE, WEB, 53)).isFalse();
    }

    @Test
    void another_namespace_is_let_in_by_its_name() throws Exception {
        Judge judge = with("default-deny", "from-monitoring");
        assertThat(allows(judge, MONITOR, WEB, 80)).isTrue();
        assertThat(allows(judge, CLIENT, WEB, 80)).isFalse();
    }

    private static boolean allows(Judge judge, String from, String to, int port) {
        return judge.allows(new Connection(Ip.parse(from), Ip.parse(to), Transport.TCP.number(), port));
    }

    /// A judge who knows these recipes, in the namespace `shop`.
    private static Judge with(String... names) throws IOException, PolicyException {
        Map<String, Policy> recipes = new HashMap<>();
        for (MatchResult found : Pattern.compile("(?s)```json\n(.*?)```")
                .matcher(Files.readString(Path.of("docs/network-policy.md")))
                .results()
                .toList()) {
            Policy policy = PolicyReader.object(found.group(1), "shop");
            recipes.put(policy.name(), policy);
        }
        List<Policy> chosen = new ArrayList<>();
        for (String name : names) {
            chosen.add(recipes.get(name));
        }
        return new Judge(new World(
                chosen,
                Map.of(),
                List.of(pod("shop", WEB), pod("shop", CLIENT), pod("monitoring", MONITOR)),
                List.of()));
    }

    private static Endpoint pod(String namespace, String address) {
        return new Endpoint(namespace, address, Map.of(), List.of(Cidr.host(Ip.parse(address))), List.of());
    }
}
