package jflannel.tool;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import jflannel.etcd.EtcdPolicies;
import jflannel.etcd.EtcdRecords;
import jflannel.json.Json;
import jflannel.json.JsonException;
import jflannel.lease.ConfigException;
import jflannel.policy.Direction;
import jflannel.policy.Policy;
import jflannel.policy.PolicyException;
import jflannel.policy.PolicyReader;
import jflannel.work.Printable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `flannel policy`: who may connect to whom.
@Command(
        name = "policy",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        description = "Who may connect to whom, as daemons with --network-policy enforce it.",
        subcommands = {
            PolicyCommand.Apply.class,
            PolicyCommand.Listing.class,
            PolicyCommand.Delete.class,
            ExplainCommand.class
        })
final class PolicyCommand {
    @Command(
            name = "apply",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = {
                "Writes NetworkPolicy objects of networking.k8s.io/v1 to etcd, each in place of one of the same name.",
                "A file is YAML or JSON, as for kubectl: objects one after the other, or a List of them."
            })
    static final class Apply implements Callable<Integer> {
        @Parameters(paramLabel = "FILE", arity = "1..*", description = "A file; - for standard input.")
        private List<String> files = List.of();

        @Mixin
        private StoreFlags store;

        @Override
        public Integer call() throws IOException {
            List<Map<String, Object>> objects = new ArrayList<>();
            for (String file : files) {
                objects.addAll(read(file));
            }
            try (EtcdRecords records = store.open()) { // nothing is written unless all can be read
                for (Map<String, Object> object : objects) {
                    String text = Json.indented(object);
                    String name = policy(text).name();
                    records.policies().put(name, text);
                    System.out.println("policy " + name + " applied");
                }
            }
            return 0;
        }

        private static List<Map<String, Object>> read(String file) throws IOException {
            String text = file.equals("-")
                    ? new String(System.in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                    : Files.readString(Path.of(file));
            try {
                List<Map<String, Object>> objects = new ArrayList<>();
                for (String document : YamlDocuments.asJson(text)) {
                    Map<String, Object> object = Json.object(document);
                    if (object.get("items") instanceof List<?> items) {
                        for (Object item : items) {
                            objects.add(Json.object(Json.compact(item)));
                        }
                    } else {
                        objects.add(object);
                    }
                }
                for (Map<String, Object> each : objects) {
                    policy(Json.compact(each));
                }
                return objects;
            } catch (JsonException | ConfigException e) {
                throw new ConfigException(Printable.line(file) + ": " + e.getMessage());
            }
        }
    }

    @Command(
            name = "list",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Lists the policies in etcd: whom they isolate, and what their rules allow.")
    static final class Listing implements Callable<Integer> {
        @Mixin
        private StoreFlags store;

        @Override
        public Integer call() throws IOException {
            try (EtcdRecords records = store.open()) {
                records.policies()
                        .texts()
                        .forEach((name, text) -> System.out.print(Printable.lines(words(name, text)) + "\n"));
            }
            return 0;
        }

        private static String words(String name, String text) {
            StringBuilder words = new StringBuilder(name);
            try {
                Policy policy = PolicyReader.object(text, EtcdPolicies.NAMESPACE);
                words.append(": for ").append(policy.subjects().pods()).append('\n');
                for (Direction direction : Direction.values()) {
                    if (policy.rules().containsKey(direction)) {
                        var rules = policy.rules().get(direction);
                        words.append("  ").append(direction.word()).append(rules.isEmpty() ? ": nothing\n" : ":\n");
                        rules.forEach(rule -> words.append("    ").append(rule).append('\n'));
                    }
                }
            } catch (PolicyException e) {
                words.append(": not in force: ").append(e.getMessage());
            }
            return words.toString().stripTrailing();
        }
    }

    @Command(
            name = "delete",
            mixinStandardHelpOptions = true,
            sortOptions = false,
            description = "Deletes policies from etcd.")
    static final class Delete implements Callable<Integer> {
        @Parameters(paramLabel = "NAME", arity = "1..*", description = "The name of a policy.")
        private List<String> names = List.of();

        @Mixin
        private StoreFlags store;

        @Override
        public Integer call() throws IOException {
            boolean all = true;
            try (EtcdRecords records = store.open()) {
                for (String name : names) {
                    boolean found = records.policies().delete(name);
                    System.out.println(Printable.line("policy " + name + (found ? " deleted" : " does not exist")));
                    all &= found;
                }
            }
            return all ? 0 : 1;
        }
    }

    private static Policy policy(String text) {
        try {
            return PolicyReader.object(text, EtcdPolicies.NAMESPACE);
        } catch (PolicyException e) {
            throw new ConfigException(e.getMessage());
        }
    }
}
