package jflannel.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import jflannel.ip.Cidr;
import jflannel.ip.Family;
import jflannel.ip.Ip;
import jflannel.status.Board;
import jflannel.status.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StateFileTest {
    private static final NetworkConfig NETWORK = NetworkConfig.parse(
            "etcd key /x/config",
            "{\"Network\":\"10.5.0.0/16\",\"SubnetMax\":\"10.5.9.0\",\"Backend\":{\"Type\":\"vxlan\",\"VNI\":7}}");
    private static final Lease OWN = lease(1);

    @TempDir
    private Path folder;

    private final Board board = new Board();

    @Test
    void whatIsWrittenIsReadAgain() throws Exception {
        Path file = folder.resolve("new/folder/state.json");
        LastKnown last = new LastKnown(
                "etcd at {,\"peers\":} home\\",
                NETWORK,
                "52:54:00:12:34:56",
                Map.of(Family.IPV6, Ip.parse("2001:db8::1"), Family.IPV4, Ip.parse("203.0.113.1")),
                OWN,
                "1042",
                List.of(lease(2), lease(3)),
                List.of(lease(4)));
        try (StateFile state = new StateFile(file, board)) {
            assertThat(state.read(NetworkConfig::parse)).isEmpty();
            state.keep(last);
        }
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        try (StateFile state = new StateFile(file, board)) {
            assertThat(state.read(NetworkConfig::parse)).contains(last);
        }
        assertThat(StateFile.readOwn(file, NetworkConfig::parse))
                .isEqualTo(new LastKnown(
                        last.store(),
                        last.network(),
                        last.host(),
                        last.publicIps(),
                        last.own(),
                        "1042",
                        List.of(),
                        List.of()));
        try (var files = Files.list(file.getParent())) {
            assertThat(files).as("nothing half-written is left").containsExactly(file);
        }
    }

    @Test
    void onlyTheLeasesOfAFewAddressesAreRead() throws Exception {
        Path file = folder.resolve("state.json");
        LastKnown last = new LastKnown(
                "etcd",
                NETWORK,
                "",
                Map.of(),
                OWN,
                "",
                List.of(lease(2), lease(3), lease(5)),
                List.of(lease(4), lease(6)));
        try (StateFile state = new StateFile(file, board)) {
            state.keep(last);
        }
        Ip host = lease(5).announced().publicIps().values().iterator().next();
        List<Ip> addresses = List.of(
                lease(2).cidrs().getFirst().last(), lease(4).cidrs().getFirst().address(), host);
        LastKnown about = StateFile.readAbout(file, NetworkConfig::parse, addresses);
        assertThat(about.peers()).containsExactly(lease(2), lease(5));
        assertThat(about.held()).containsExactly(lease(4));
        assertThat(about.own()).isEqualTo(OWN);
        Files.writeString(file, Files.readString(file).replace("10.5.2.0-24", "10.5.2.1-24"));
        assertThatThrownBy(() -> StateFile.readAbout(file, NetworkConfig::parse, addresses))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theFirstIsWrittenAtOnceAndTheLastAtTheEnd() throws Exception {
        Path file = folder.resolve("state.json");
        try (StateFile state = new StateFile(file, board, Duration.ofSeconds(50))) {
            state.keep(known(2));
            await().until(() -> Files.exists(file));
            state.keep(known(3));
            state.keep(known(4));
        }
        assertThat(Files.readString(file)).contains("10.5.4.0-24").doesNotContain("10.5.3.0-24");
    }

    @Test
    void nothingIsWrittenIfNothingChanged() throws Exception {
        Path file = folder.resolve("state.json");
        try (StateFile state = new StateFile(file, board, Duration.ZERO)) {
            state.keep(known(2));
            await().until(() -> Files.exists(file));
            Files.delete(file);
            state.keep(known(2));
        }
        assertThat(file).doesNotExist();
    }

    @Test
    void withoutAPathThereIsNoFile() {
        try (StateFile state = new StateFile(null, board)) {
            state.keep(known(2));
            assertThat(state.read(NetworkConfig::parse)).isEmpty();
        }
    }

    @Test
    void aFolderThatCannotBeMadeIsNoReasonToFail() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        try (StateFile state = new StateFile(file.resolve("state.json"), board)) {
            state.keep(known(2));
            assertThat(state.read(NetworkConfig::parse)).isEmpty();
            await().until(() -> board.isRaised(Condition.STATE_FILE_FAILING));
            Files.delete(file);
            state.keep(known(3));
        }
        assertThat(board.isRaised(Condition.STATE_FILE_FAILING)).isFalse();
        assertThat(file.resolve("state.json")).exists();
    }

    @Test
    void oneLeaseThatCannotBeWrittenKeepsNoOtherFromIt() throws Exception {
        Lease bad = new Lease(
                List.of(Cidr.parse("10.5.8.0/24")),
                new Announcement(Map.of(Family.IPV4, Ip.parse("192.0.2.8")), "vxlan", Map.of(Family.IPV4, "no JSON")));
        Path file = folder.resolve("state.json");
        try (StateFile state = new StateFile(file, board, Duration.ZERO)) {
            state.keep(
                    new LastKnown("etcd at home", NETWORK, "", Map.of(), OWN, "", List.of(lease(2), bad), List.of()));
        }
        assertThat(Files.readString(file)).contains("10.5.2.0-24").doesNotContain("10.5.8.0-24");
    }

    @Test
    void aDefectIsShownAndEndsNothing() throws Exception {
        LastKnown broken = new LastKnown("etcd at home", NETWORK, "", Map.of(), null, "", List.of(), List.of());
        Path file = folder.resolve("state.json");
        try (StateFile state = new StateFile(file, board, Duration.ZERO)) {
            state.keep(broken);
            await().until(() -> board.isRaised(Condition.WORKER_FAILING));
            state.keep(known(3));
            await().until(() -> Files.exists(file));
        }
        assertThat(Files.readString(file)).contains("10.5.3.0-24");
    }

    @ParameterizedTest(name = "{2}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "version":1        | "version":2        | its version is not 1
            "version":1        | "version":"1"      | its version is not 1
            "publicIps":[]     | "publicIps":{}     | publicIps is not an array
            "publicIps":[]     | "publicIps":[1]    | is not a string
            "publicIps":[]     | "publicIps":["x"]  | x
            "publicIps":[]     | "publicIps":["::1","::2"] | two addresses of one family
            "held":{}          | "held":{},"more":1 | its fields are
            ,"held":{}         | ``                 | its fields are
            "held":{}          | "held":[]          | held is not an object
            "host":""          | "host":1           | host is not a string
            "source":"         | "source":1,"":"    | its fields are
            10.5.2.0-24        | 10.5.2.1-24        | 10.5.2
            192.0.2.2          | 192.0.2            | 192.0.2
            "PublicIP":"192.0.2.2" | "PublicIP":"0.0.0.0" | a public address
            "10.5.0.0/16"      | "10.5.0.0/33"      | 10.5.0.0/33
            "own":{            | "own":{"10.5.7.0-24":{"PublicIP":"192.0.2.7"}, | 2 leases
            """)
    void whatSomebodyChangedIsIgnored(String from, String to, String complaint) throws IOException {
        String good = known(2).json();
        assertThat(good).contains(from);
        String bad = good.replace(from, to);
        assertThatThrownBy(() -> LastKnown.parse(bad, NetworkConfig::parse))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(complaint);
        Path file = Files.writeString(folder.resolve("state.json"), bad);
        try (StateFile state = new StateFile(file, board)) {
            assertThat(state.read(NetworkConfig::parse)).isEmpty();
        }
    }

    @Test
    void aFileOfAnEarlierVersionIsOfAnUnknownHost() {
        String old = known(2).json().replace("\"host\":\"\",", "");
        assertThat(old).doesNotContain("host");
        assertThat(LastKnown.parse(old, NetworkConfig::parse)).isEqualTo(known(2));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"''", "'null'", "'[]'", "'{}'", "'{\"version\":1}'", "'{} {}'", "'{'"})
    void rubbishIsNoState(String text) {
        assertThatThrownBy(() -> LastKnown.parse(text, NetworkConfig::parse))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aTextCutAnywhereIsNoState() {
        String good = known(2).json().strip();
        for (int length = 0; length < good.length(); length++) {
            String cut = good.substring(0, length);
            assertThatThrownBy(() -> LastKnown.parse(cut, NetworkConfig::parse))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static LastKnown known(int peer) {
        return new LastKnown("etcd at home", NETWORK, "", Map.of(), OWN, "", List.of(lease(peer)), List.of());
    }

    private static Lease lease(int number) {
        return new Lease(
                List.of(Cidr.parse("10.5." + number + ".0/24"), Cidr.parse("fd00:5:" + number + "::/64")),
                new Announcement(
                        Map.of(Family.IPV4, Ip.parse("192.0.2." + number)),
                        "vxlan",
                        Map.of(Family.IPV4, "{\"VNI\":7,\"VtepMAC\":\"02:00:00:00:00:0" + number + "\"}")));
    }
}
