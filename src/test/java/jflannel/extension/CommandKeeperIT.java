package jflannel.extension;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import jflannel.lease.NetworkConfig;
import jflannel.lease.NotYetException;
import jflannel.status.Board;
import jflannel.status.Condition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real commands, which note what they were given.
class CommandKeeperIT {
    private static final Map<String, String> NODE = Map.of("SUBNET", "10.5.1.0/24", "PUBLIC_IP", "192.0.2.1");

    @TempDir
    private Path folder;

    private final Board board = new Board();
    private CommandKeeper keeper;
    private Path script;
    private Commands commands;

    @BeforeEach
    void writeScript() throws IOException {
        script = folder.resolve("script");
        Files.writeString(script, """
                #!/bin/sh
                read -r input
                [ ! -e "$DIR/hang-$SUBNET_NAME" ] || exec sleep 1000
                [ ! -e "$DIR/fail-$(echo "$SUBNET" | tr / _)" ] || { echo "no luck with $SUBNET"; printf 'a\\033[31m'; exit 3; }
                echo "$1 $2 $PUBLIC_IP $IPV6SUBNET $PUBLIC_IPV6 [$input]" >>"$DIR/log"
                """);
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        commands = new Commands(
                script + " post $SUBNET", script + " add $SUBNET", script + " remove $SUBNET", Duration.ofSeconds(20));
        start();
    }

    private void start() {
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("DIR", folder.toString());
        environment.put("FLANNELD_ETCD_PASSWORD", "secret");
        keeper = new CommandKeeper(folder.resolve("memory.json"), environment, board, () -> {});
    }

    @AfterEach
    void end() {
        keeper.close();
    }

    private static Wanted.Peer peer(int number, String input) {
        return new Wanted.Peer(Map.of("SUBNET", "10.5." + number + ".0/24", "PUBLIC_IP", "192.0.2." + number), input);
    }

    private Wanted wanted(Map<String, Wanted.Peer> peers) {
        return new Wanted(commands, NODE, peers, true);
    }

    private List<String> log() throws IOException {
        Path log = folder.resolve("log");
        return Files.exists(log) ? Files.readAllLines(log) : List.of();
    }

    private static void soon(Callable<Boolean> state) {
        await().atMost(Duration.ofSeconds(30))
                .pollInterval(Duration.ofMillis(10))
                .until(state);
    }

    @Test
    void peersAreAddedChangedAndRemovedAlsoByALaterProcess() throws Exception {
        keeper.keep(wanted(Map.of("a", peer(2, "data; $(id)"))));
        soon(() -> log().size() == 2);
        assertThat(log())
                .containsExactly("post 10.5.1.0/24 192.0.2.1   []", "add 10.5.2.0/24 192.0.2.2   [data; $(id)]");
        keeper.keep(wanted(Map.of("a", peer(2, "other"))));
        soon(() -> log().size() == 4);
        assertThat(log().subList(2, 4))
                .containsExactly("remove 10.5.2.0/24 192.0.2.2   [data; $(id)]", "add 10.5.2.0/24 192.0.2.2   [other]");
        keeper.close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("memory.json"))))
                .isEqualTo("rw-------");

        start();
        keeper.keep(new Wanted(commands, NODE, Map.of("b", peer(3, "")), false));
        soon(() -> log().size() == 6);
        assertThat(log().subList(4, 6))
                .as("nobody is removed before all leases are known")
                .containsExactly("post 10.5.1.0/24 192.0.2.1   []", "add 10.5.3.0/24 192.0.2.3   []");
        keeper.keep(new Wanted(Commands.NONE, Map.of(), Map.of(), true)); // another backend
        soon(() -> log().size() == 8 && !Files.exists(folder.resolve("memory.json")));
        assertThat(log().subList(6, 8))
                .containsExactlyInAnyOrder(
                        "remove 10.5.2.0/24 192.0.2.2   [other]", "remove 10.5.3.0/24 192.0.2.3   []");
    }

    @Test
    void aFailedCommandIsShownRetriedAndKeepsNobodyWaiting() throws Exception {
        Files.createFile(folder.resolve("fail-10.5.2.0_24"));
        keeper.keep(wanted(Map.of("a", peer(2, ""), "b", peer(3, ""))));
        soon(() -> log().contains("add 10.5.3.0/24 192.0.2.3   []") && board.isRaised(Condition.EXTENSION_COMMAND));
        assertThat(board.findings().getFirst().detail())
                .startsWith(
                        "a: `" + script + " add 10.5.2.0/24` exited with 3: no luck with 10.5.2.0/24\\na\\u001b[31m");
        Files.delete(folder.resolve("fail-10.5.2.0_24"));
        soon(() -> log().contains("add 10.5.2.0/24 192.0.2.2   []") && !board.isRaised(Condition.EXTENSION_COMMAND));
    }

    @Test
    void nothingElseBeginsBeforeTheNodeIsReady() throws Exception {
        Files.createFile(folder.resolve("fail-10.5.1.0_24"));
        keeper.keep(wanted(Map.of("a", peer(2, ""))));
        soon(() -> board.isRaised(Condition.EXTENSION_STARTUP));
        assertThat(keeper.keep(wanted(Map.of("a", peer(2, ""))))).isFalse();
        assertThat(log()).isEmpty();
        Files.delete(folder.resolve("fail-10.5.1.0_24"));
        soon(() -> log().size() == 2 && keeper.keep(wanted(Map.of("a", peer(2, "")))));
        assertThat(board.isRaised(Condition.EXTENSION_STARTUP)).isFalse();
    }

    @Test
    void commandsThatHangAreKilledAndMeanwhileOthersRun() throws Exception {
        commands = new Commands("", script + " add $SUBNET", "", Duration.ofSeconds(2));
        Map<String, Wanted.Peer> peers = new HashMap<>();
        Files.createFile(folder.resolve("hang-x"));
        IntStream.range(2, 5)
                .forEach(i -> peers.put(
                        "hang" + i, new Wanted.Peer(Map.of("SUBNET", "10.5." + i + ".0/24", "SUBNET_NAME", "x"), "")));
        IntStream.range(10, 40).forEach(i -> peers.put("ok" + i, peer(i, "")));
        keeper.keep(wanted(peers));
        soon(() -> log().size() == 30);
        assertThat(board.isRaised(Condition.EXTENSION_COMMAND))
                .as("the limit has not passed yet")
                .isFalse();
        soon(() -> board.findings().stream()
                        .filter(it -> it.detail().contains("did not end within 2 s"))
                        .count()
                == 3);
    }

    @Test
    void whatIsPrintedBeforeTheStartIsAnnouncedOnceTheCommandSucceeds() throws Exception {
        Files.createFile(folder.resolve("fail-"));
        NetworkConfig config = NetworkConfig.parse(
                "test",
                "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"extension\",\"PreStartupCommand\":\"echo a  b\"}}");
        try (PreStartup pre = new PreStartup(System.getenv(), board, () -> {})) {
            assertThatThrownBy(() -> pre.output(config)).isInstanceOf(NotYetException.class);
            pre.await(Duration.ofSeconds(20));
            assertThat(pre.output(config)).isEqualTo("a b");
            NetworkConfig failing = NetworkConfig.parse(
                    "test",
                    "{\"Network\":\"10.5.0.0/16\",\"Backend\":{\"Type\":\"extension\",\"PreStartupCommand\":\"ls /none\"}}");
            assertThatThrownBy(() -> pre.output(failing)).isInstanceOf(NotYetException.class);
            pre.await(Duration.ofSeconds(20));
            assertThatThrownBy(() -> pre.output(failing))
                    .isInstanceOf(NotYetException.class)
                    .hasMessageContaining("the PreStartupCommand failed: `ls /none` exited with 2: ");
        }
    }

    @Test
    void allCommandsRunAgainIfWhatTheyMadeMayBeGone() throws Exception {
        Wanted wanted = wanted(Map.of("a", peer(2, ""), "b", peer(3, "")));
        keeper.keep(wanted);
        soon(() -> log().size() == 3 && keeper.keep(wanted));
        keeper.repeat();
        soon(() -> log().size() == 6 && keeper.keep(wanted));
        assertThat(log().subList(3, 6)).containsExactlyInAnyOrderElementsOf(log().subList(0, 3));
        assertThat(log().get(3)).startsWith("post");
    }

    @Test
    void withoutADaemonWhatWasAddedIsRemovedAndWhatCannotBeIsKeptInMind() throws Exception {
        keeper.keep(wanted(Map.of("a", peer(2, "data"), "b", peer(3, ""))));
        soon(() -> log().size() == 3);
        keeper.close();
        Files.delete(folder.resolve("log"));
        Map<String, String> environment = new HashMap<>(System.getenv());
        environment.put("DIR", folder.toString());
        Path memory = folder.resolve("memory.json");
        Files.createFile(folder.resolve("fail-10.5.3.0_24"));

        Undoing undoing = new Undoing(memory);
        assertThat(undoing.count()).isEqualTo(2);
        assertThatThrownBy(() -> undoing.run(environment))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("failed for 1 of them, such as b: ")
                .hasMessageContaining("no luck with 10.5.3.0/24");
        assertThat(log()).containsExactly("remove 10.5.2.0/24 192.0.2.2   [data]");

        Files.delete(folder.resolve("fail-10.5.3.0_24"));
        Undoing again = new Undoing(memory);
        assertThat(again.count()).isEqualTo(1);
        again.run(environment);
        assertThat(log()).hasSize(2);
        assertThat(memory).doesNotExist();
    }
}
