package jflannel.names;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jflannel.names.NameChoice.Outcome;
import jflannel.testing.OwnNetns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Daemons that share a host, each with a subnet file of its own.
@ExtendWith(OwnNetns.class)
class NameChoiceIT {
    private static final String RED = "/red/network";
    private static final String BLUE = "/blue/network";
    private static final Names BLUES = Names.derivedFrom(BLUE);

    @TempDir
    private Path folder;

    private final List<Owner> goFlannels = new ArrayList<>();
    private final List<Claims> living = new ArrayList<>();

    @BeforeEach
    void makeFolders() throws Exception {
        Files.createDirectories(folder.resolve("run"));
    }

    @AfterEach
    void endAll() {
        living.forEach(Claims::close);
    }

    @Test
    void theFirstHasTheDefaultNamesAndTheSecondItsOwn() {
        assertThat(start(RED)).isEqualTo(chosen(Names.DEFAULT));
        assertThat(start(BLUE)).isEqualTo(chosen(BLUES));
    }

    @Test
    void aSecondOneThatWasFirstOnceKeepsItsNamesNevertheless() {
        start(RED);
        start(BLUE);
        endAll();

        assertThat(start(BLUE)).isEqualTo(chosen(BLUES));
        assertThat(start(RED)).isEqualTo(chosen(Names.DEFAULT));
    }

    @Test
    void afterARebootTheStateFileTellsWhoWasWho() throws Exception {
        Files.createFile(folder.resolve("state-" + BLUES.network() + ".json"));

        assertThat(start(BLUE)).isEqualTo(chosen(BLUES));
    }

    @Test
    void theUsualPlaceHasTheDefaultNamesWheneverItCan() {
        start(RED);
        assertThat(start(Names.ETCD_PREFIX)).isEqualTo(chosen(Names.derivedFrom(Names.ETCD_PREFIX)));
        endAll();

        assertThat(start(Names.ETCD_PREFIX))
                .isEqualTo(new Outcome.Chosen(Names.DEFAULT, Optional.of(Names.derivedFrom(Names.ETCD_PREFIX))));
    }

    @Test
    void theOperatorsNameCountsAndTheFormerOneIsGivenBack() {
        start(RED);
        start(BLUE);
        living.getLast().close();

        assertThat(start(BLUE, Optional.of(new Names("store"))))
                .isEqualTo(new Outcome.Chosen(new Names("store"), Optional.of(BLUES)));
    }

    @Test
    void formerNamesThatAnotherOneHasNowAreNotToBeRemoved() {
        start(RED);
        endAll();
        start(BLUE);

        assertThat(start(RED)).isEqualTo(chosen(Names.derivedFrom(RED)));
    }

    @Test
    void aNameThatIsTakenIsWaitedFor() {
        start(RED, Optional.of(new Names("store")));

        assertThat(busy(start(BLUE, Optional.of(new Names("store")))))
                .isEqualTo("the network name store belongs to the flanneld of /red/network, pid " + pid()
                        + ": give another --network-name");
        endAll();
        assertThat(start(BLUE, Optional.of(new Names("store")))).isEqualTo(chosen(new Names("store")));
    }

    @Test
    void aSecondDaemonOfTheSameNetworkWaits() {
        start(RED);
        assertThat(busy(start(RED))).startsWith("the flanneld of /red/network, pid " + pid() + ", already runs here");
        assertThat(start(RED, Optional.of(new Names("other")), "other.env")).isEqualTo(chosen(new Names("other")));
    }

    @Test
    void twoDaemonsDoNotWriteOneSubnetFile() {
        start(RED, Optional.empty(), "subnet.env");
        assertThat(busy(start(BLUE, Optional.empty(), "subnet.env")))
                .endsWith("run/subnet.env is written by the flanneld of /red/network, pid " + pid()
                        + ": give another --subnet-file");
    }

    @Test
    void goFlannelHasTheDefaultNames() {
        goFlannels.add(new Owner(Names.ETCD_PREFIX, 77));

        assertThat(start(BLUE)).isEqualTo(chosen(BLUES));
        assertThat(busy(start(Names.ETCD_PREFIX)))
                .startsWith("the flanneld of /coreos.com/network, pid 77, already runs here");
    }

    private Outcome start(String place) {
        return start(place, Optional.empty());
    }

    private Outcome start(String place, Optional<Names> names) {
        return start(place, names, place.split("/")[1] + ".env");
    }

    private Outcome start(String place, Optional<Names> names, String subnetFile) {
        Claims claims = new Claims(place);
        living.add(claims);
        NameChoice.Request request = new NameChoice.Request(
                names,
                place,
                place.equals(Names.ETCD_PREFIX),
                folder.resolve("run").resolve(subnetFile),
                folder.resolve("state.json"));
        return new NameChoice(claims, request, folder.resolve("state.json"), () -> goFlannels).choose();
    }

    private static Outcome chosen(Names names) {
        return new Outcome.Chosen(names, Optional.empty());
    }

    private static String busy(Outcome outcome) {
        return ((Outcome.Busy) outcome).why();
    }

    private static long pid() {
        return ProcessHandle.current().pid();
    }
}
